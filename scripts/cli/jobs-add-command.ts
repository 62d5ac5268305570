/**
 * `imglish jobs add`: one command for each kind of job.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { Command, Option } from 'commander';
import {
  checkJobParameters,
  duplicatesParameters,
  embedParameters,
  existing,
  indexParameters,
  modelParameter,
  openJobQueue,
  textKinds,
  type JobKind,
  type JobParameters,
  type Settings,
  type TextKind,
} from '../../indexer/index.ts';
import { findModel } from '../../model/index.ts';
import { settingOptions, settingsOf, using } from './context.ts';
import { indexJobSettings, photoJobSettings } from './job-settings.ts';
import { tagOptions, tagParameters, type TagFlags } from './tag-command.ts';
import { nameOf, workText } from './job-report.ts';
import { note, printJson, printLine } from './terminal.ts';

interface Flags extends TagFlags {
  readonly json?: boolean;
  readonly prune?: boolean;
  readonly full?: boolean;
  readonly kind?: TextKind;
  readonly photos?: string;
  readonly embed?: boolean;
}

export function jobsAddCommand(): Command {
  return new Command('add')
    .description('ask for a job; the process that works on the jobs of the library does it')
    .addCommand(indexJob())
    .addCommand(embedMissingJob())
    .addCommand(reEmbedJob())
    .addCommand(importTextsJob())
    .addCommand(findDuplicatesJob())
    .addCommand(tagJob())
    .addCommand(verifyJob())
    .addCommand(compactJob());
}

function indexJob(): Command {
  const command = new Command('index')
    .description('index folders or single photos; without any, look again at those indexed before')
    .argument('[folders...]', 'folders, searched in depth, or files')
    .option('--prune', 'forget folders indexed before, and mounted disks, that are not there at all')
    .action(async (folders: string[]) => {
      await add(command, 'index', (settings, { prune }) => indexParameters(settings, folders, { prune }));
    });
  return withSettings(command, indexJobSettings);
}

function embedMissingJob(): Command {
  const command = new Command('embed-missing')
    .description('embed the photos and texts that have no vector of a model')
    .action(() => add(command, 'embed-missing', embedParameters));
  return withSettings(command, photoJobSettings);
}

function reEmbedJob(): Command {
  const command = new Command('re-embed')
    .description('embed everything for a model beside the old vectors, then search with it')
    .action(() => add(command, 're-embed', embedParameters));
  return withSettings(command, photoJobSettings);
}

function importTextsJob(): Command {
  const command = new Command('import-texts')
    .description('import a list of texts, or the text files beside the photos of a folder')
    .argument('<source>', '.csv, .tsv, .jsonl, .ndjson or .txt file, or a folder that was indexed')
    .addOption(
      new Option('--kind <kind>', 'what the texts are (default: what each row says)').choices([...textKinds]),
    )
    .option('--photos <folder>', 'folder that relative paths in the list start from')
    .option('--no-embed', 'leave the vectors for later')
    .action(async (source: string) => {
      await add(command, 'import-texts', ({ model }, { kind, photos, embed }) => ({
        model: modelParameter(model),
        source: existing(source),
        ...(kind !== undefined && { kind }),
        ...(photos !== undefined && { photos: existing(photos) }),
        embed: embed !== false,
      }));
    });
  return withSettings(command, ['models', 'model']);
}

function findDuplicatesJob(): Command {
  const command = new Command('find-duplicates')
    .description('find photos that are versions of one another')
    .action(() => add(command, 'find-duplicates', duplicatesParameters));
  return withSettings(command, ['threshold']);
}

function tagJob(): Command {
  const command = tagOptions(
    new Command('tag').description('tag all photos with the labels of a list that they show'),
  ).action(() => add(command, 'tag', (settings, flags) => tagParameters(settings, flags)));
  return withSettings(command, ['models', 'model']);
}

function verifyJob(): Command {
  const command = new Command('verify')
    .description('check that database, vectors, index, previews and originals agree')
    .option('--full', 'look at everything, not at samples')
    .action(() => add(command, 'verify', (_settings, { full }) => ({ full: full === true })));
  return withSettings(command, []);
}

function compactJob(): Command {
  const command = new Command('compact')
    .description('give back the room of what was deleted')
    .action(() => add(command, 'compact', () => ({})));
  return withSettings(command, []);
}

function withSettings(command: Command, names: Parameters<typeof settingOptions>[1]): Command {
  command.option('--json', 'print the job as one JSON document');
  return settingOptions(command, ['data', 'redis', ...names]);
}

async function add(
  command: Command,
  kind: JobKind,
  parametersOf: (settings: Settings, flags: Flags) => JobParameters,
): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  // Refused here, where the person is, rather than by the process that does it.
  const parameters = checkJobParameters(kind, parametersOf(settings, flags));
  const { dataFolder, redisUrl, model, modelsFolder } = settings;
  if (model !== null) await findModel(model, modelsFolder);
  const queue = await openJobQueue({ dataFolder, redisUrl, onNotice: note });
  const { job, isWorked } = await using([queue], async () => ({
    job: await queue.add(kind, parameters),
    isWorked: await queue.isWorked(),
  }));
  if (flags.json === true) {
    printJson({ job, isWorked });
    return;
  }
  printLine(`${nameOf(job)}: ${job.state}.`);
  note(workText(isWorked));
}
