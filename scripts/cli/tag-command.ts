/**
 * `imglish tag`: the labels of a list that photos show become their tags.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { Command, InvalidArgumentError } from 'commander';
import {
  builtinLists,
  existing,
  modelParameter,
  openLabelList,
  TAGS_PER_PHOTO_DEFAULT,
  TAGS_PER_PHOTO_MAX,
  tagPhotos,
  type JobParameters,
  type JobSkip,
  type Settings,
  type TagReport,
} from '../../indexer/index.ts';
import { pairVerifier } from '../../query/index.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import { orInOtherProcess, type FollowedJob } from './follow-job.ts';
import { progressLine } from './job-report.ts';
import {
  exitCodes,
  formatNumber,
  formatSeconds,
  interruptible,
  note,
  printable,
  printJson,
  printLine,
  ProgressLine,
} from './terminal.ts';

export interface TagFlags {
  readonly list?: string;
  readonly template?: readonly string[];
  readonly perPhoto?: number;
  readonly minMatch?: number;
  readonly verify?: boolean;
}

interface Flags extends TagFlags {
  readonly json?: boolean;
  readonly labels?: boolean;
  readonly progress: boolean;
}

/** More skipped photos than this are counted instead of listed; `--json` lists more. */
const SKIPS_LISTED = 20;
const SKIPS_MAX = 1000;

export function tagCommand(): Command {
  const command = tagOptions(
    new Command('tag').description('tag all photos with the labels of a list that they show'),
  )
    .option('--labels', 'only print the labels of the list')
    .option('--json', 'print the report as one JSON document')
    .option('--no-progress', 'do not show progress')
    .addHelpText(
      'after',
      `
A list of your own has one label a line, or "tag = what the photo shows"; lines with # are passed over.
A second run looks only at photos that are new. Tags can be searched for, looked up and exported as others can, and never
mix with what people wrote: "imglish texts remove tags:<list>" takes all of a list away.`,
    )
    .action(async () => {
      const flags = command.opts<Flags>();
      if (flags.labels === true) return printLabels(flags);
      const settings = settingsOf(command);
      const wanted = {
        kind: 'tag' as const,
        parameters: () => tagParameters(settings, flags),
        line: new ProgressLine({ isQuiet: !flags.progress }),
        skipsMax: flags.json === true ? SKIPS_MAX : SKIPS_LISTED,
      };
      const followed = await orInOtherProcess(settings, wanted, () => tagHere(settings, flags));
      if (followed !== undefined) printFollowed(followed, flags.json === true);
    });
  return settingOptions(command, [...modelSettings, 'redis']);
}

/** Also of `imglish jobs add tag`. */
export function tagOptions(command: Command): Command {
  return command
    .option(
      '--list <list>',
      `${builtinLists.join(', ')}, or a file with one label a line (default: everyday)`,
    )
    .option('--template <text>', 'a prompt with {} where the label goes; may be repeated', collect)
    .option(
      '--per-photo <count>',
      `tags of a photo at most, 1 to ${TAGS_PER_PHOTO_MAX} (default: ${TAGS_PER_PHOTO_DEFAULT})`,
      parsePerPhoto,
    )
    .option(
      '--min-match <probability>',
      'give a tag only from this probability on (default: that of the model)',
      parseProbability,
    )
    .option('--no-verify', 'go by the cosines alone, which takes seconds in place of minutes');
}

export function tagParameters({ model }: Settings, flags: TagFlags): JobParameters {
  const { list = 'everyday', template, perPhoto, minMatch, verify } = flags;
  return {
    model: modelParameter(model),
    list: isBuiltin(list) ? list : existing(list),
    ...(template !== undefined && { templates: template }),
    ...(perPhoto !== undefined && { perPhoto }),
    ...(minMatch !== undefined && { minMatch }),
    verified: verify !== false,
  };
}

async function tagHere(settings: Settings, flags: Flags): Promise<void> {
  const { list: name = 'everyday', template, perPhoto, minMatch, verify } = flags;
  const skips: JobSkip[] = [];
  const line = new ProgressLine({ isQuiet: !flags.progress });
  const list = await openLabelList(isBuiltin(name) ? name : existing(name));
  const report = await interruptible(async (signal) => {
    const embedder = await openModel(settings, { onNotice: note });
    return using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'write');
      return using([library], () =>
        tagPhotos(library, embedder, {
          list,
          ...(template !== undefined && { templates: template }),
          ...(perPhoto !== undefined && { perPhoto }),
          ...(minMatch !== undefined && { minMatch }),
          verifier: verify === false ? null : pairVerifier(library),
          signal,
          onProgress: (progress) => line.show(progressLine(progress)),
          onSkip: (skip) => {
            if (skips.length < SKIPS_MAX) skips.push(skip);
          },
        }),
      );
    });
  }).finally(() => line.clear());
  print(report, skips, flags.json === true);
}

/** What another process tagged for us. */
function printFollowed({ job, skips }: FollowedJob, asJson: boolean): void {
  print(job.result as unknown as TagReport, skips, asJson);
}

function print(report: TagReport, skips: readonly JobSkip[], asJson: boolean): void {
  if (report.skipped > 0) process.exitCode = exitCodes.skipped;
  if (asJson) {
    printJson({ ...report, skips });
    return;
  }
  const { labels, photos, tagged, tags, rule, threshold, seconds, source } = report;
  printLine(
    photos === 0
      ? `Nothing new: every photo was looked at with these ${formatNumber(labels)} labels.`
      : `Looked at ${formatNumber(photos)} photos with ${formatNumber(labels)} labels: ` +
          `${formatNumber(tags)} tags for ${formatNumber(tagged)} of them.`,
  );
  const why =
    rule === 'pMatch'
      ? `verified, from a probability of ${threshold.toFixed(2)} on`
      : `by cosines, from ${threshold} standard deviations on`;
  printLine(`${formatSeconds(seconds)}; ${why}. "imglish texts list --source ${source}" lists them.`);
  for (const { code, message } of skips.slice(0, SKIPS_LISTED))
    note(`skipped (${code}) ${printable(message)}`);
  const more = report.skipped - Math.min(skips.length, SKIPS_LISTED);
  if (more > 0) note(`… and ${formatNumber(more)} more skipped`);
}

async function printLabels({ list = 'everyday', json }: Flags): Promise<void> {
  const { name, labels } = await openLabelList(isBuiltin(list) ? list : existing(list));
  if (json === true) printJson({ list: name, labels });
  else for (const { tag } of labels) printLine(printable(tag));
}

function isBuiltin(list: string): boolean {
  return builtinLists.some((name) => name === list);
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function parsePerPhoto(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= TAGS_PER_PHOTO_MAX) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${TAGS_PER_PHOTO_MAX}`);
}

function parseProbability(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected a probability from 0 to 1');
}
