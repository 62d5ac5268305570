/**
 * `imglish index`: folders of photos into the library.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { Command } from 'commander';
import {
  indexParameters,
  indexPhotos,
  skipsListedMax,
  type IndexProgress,
  type IndexReport,
  type Library,
} from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { besideText, changeDocument, changeModel, changeText } from './change-model.ts';
import { orInOtherProcess, type FollowedJob } from './follow-job.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
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

interface Flags {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly progress: boolean;
}

/** More skipped files than this are counted instead of listed; `--json` lists more. */
const SKIPS_LISTED = 20;

export function indexCommand(): Command {
  const command = new Command('index')
    .description('index folders or single photos; without any, look again at those indexed before')
    .argument('[folders...]', 'folders, searched in depth, or files')
    .option('--dry-run', 'only say what would be done')
    .option('--prune', 'forget folders indexed before, and mounted disks, that are not there at all')
    .option('--json', 'print the report as one JSON document')
    .option('--no-progress', 'do not show progress')
    .action(async (folders: string[]) => {
      const { dryRun, prune, progress, json } = command.opts<Flags>();
      if (dryRun === true) return index(command, folders);
      const settings = settingsOf(command);
      const wanted = {
        kind: 'index' as const,
        parameters: () => indexParameters(settings, folders, { prune }),
        line: new ProgressLine({ isQuiet: !progress }),
        skipsMax: json === true ? skipsListedMax : SKIPS_LISTED,
      };
      const followed = await orInOtherProcess(settings, wanted, () => index(command, folders));
      if (followed !== undefined) printFollowed(followed, json === true);
    });
  return settingOptions(command, [
    ...modelSettings,
    'maxFile',
    'maxPixels',
    'excludeDir',
    'exclude',
    'followSymlinks',
    'keepMissing',
    'concurrency',
    'redis',
    'localWork',
  ]);
}

async function index(command: Command, folders: readonly string[]): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  const isDryRun = flags.dryRun === true;
  const line = new ProgressLine({ isQuiet: !flags.progress });
  const done = await interruptible(async (signal) => {
    const embedder = await openModel(settings, { onNotice: note });
    return using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'write');
      return using([library], async () => {
        const { modelName, modelIdentity } = library.generation;
        const isOther = modelIdentity !== embedder.identity && !isDryRun;
        if (isOther) note(besideText(modelName, embedder.name));
        const indexed = await indexPhotos(library, embedder, {
          roots: rootsOf(library, folders),
          excludeFolders: settings.excludeFolders,
          excludeGlobs: settings.excludeGlobs,
          keepMissing: settings.keepMissing,
          prune: flags.prune === true,
          followSymlinks: settings.followSymlinks,
          fileBytesMax: settings.fileBytesMax,
          imagePixelsMax: settings.imagePixelsMax,
          concurrency: settings.concurrency,
          redisUrl: settings.redisUrl,
          localWork: settings.localWork,
          dryRun: isDryRun,
          signal,
          onNotice: (notice) => {
            line.clear();
            note(printable(notice));
          },
          onProgress: (progress) => line.show(progressText(progress)),
        });
        const changed = isDryRun ? null : await changeModel(library, embedder, settings, signal, line);
        return { report: indexed, change: changed };
      });
    });
  }).finally(() => line.clear());
  const { report, change } = done;
  if (flags.json === true) {
    printJson(change === null ? report : { ...report, generation: changeDocument(change) });
  } else {
    printReport(report, isDryRun);
    if (change !== null) printLine(changeText(change));
  }
  if (report.skippedCount > 0 || change?.isActive === false) process.exitCode = exitCodes.skipped;
}

/** What another process indexed for us. */
function printFollowed({ job, skips }: FollowedJob, asJson: boolean): void {
  // The result of such a job is a report without its list, which is kept with the job.
  const report = {
    ...(job.result as unknown as IndexReport),
    skipped: skips.map(({ place, code, message }) => ({ path: place, code, message })),
    skippedCount: job.skipped,
  };
  if (asJson) printJson(report);
  else printReport(report, false);
  if (report.skippedCount > 0) process.exitCode = exitCodes.skipped;
}

function rootsOf(library: Library, folders: readonly string[]): readonly string[] {
  if (folders.length > 0) return folders;
  const { roots } = library.stats();
  if (roots.length > 0) return roots;
  throw new AppError(
    'INVALID_ARGUMENT',
    `${library.dataFolder}: no folder was indexed before, expected at least one; name it: imglish index <folder>`,
  );
}

export function progressText(progress: IndexProgress): string {
  if (progress.phase === 'scanning') return `Looking for photos: ${formatNumber(progress.found)} found`;
  const eta = progress.etaSeconds === null ? '' : `, ${formatSeconds(progress.etaSeconds)} left`;
  const skipped = progress.skipped === 0 ? '' : `, ${formatNumber(progress.skipped)} skipped`;
  return (
    `${formatNumber(progress.done)} of ${formatNumber(progress.found)} photos, ` +
    `${formatNumber(progress.photosPerSecond, 1)} a second${eta}${skipped}`
  );
}

function printReport(report: IndexReport, isDryRun: boolean): void {
  const counts = [
    ['new', report.added],
    ['changed', report.updated],
    ['moved', report.moved],
    ['unchanged', report.unchanged],
    ['removed', report.removed],
    ['skipped', report.skippedCount],
  ] as const;
  const shown = counts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${formatNumber(count)} ${name}`);
  const verb = isDryRun ? 'Would index' : 'Indexed';
  printLine(
    `${verb} ${formatNumber(report.found)} photos: ${shown.length === 0 ? 'none found' : shown.join(', ')}.`,
  );
  if (!isDryRun && report.added + report.updated > 0) {
    printLine(
      `${formatSeconds(report.seconds)}, ${formatNumber(report.photosPerSecond, 1)} photos a second.`,
    );
  }
  for (const { worker, photos } of report.workers)
    printLine(`  ${printable(worker)}: ${formatNumber(photos)}`);
  printSkips(report);
}

function printSkips({ skipped, skippedCount }: IndexReport): void {
  for (const { code, message } of skipped.slice(0, SKIPS_LISTED))
    note(`skipped (${code}) ${printable(message)}`);
  const more = skippedCount - SKIPS_LISTED;
  if (more > 0) {
    note(`… and ${formatNumber(more)} more skipped; --json lists the first ${formatNumber(skipsListedMax)}`);
  }
}
