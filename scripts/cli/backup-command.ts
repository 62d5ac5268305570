/**
 * `imglish backup` and `imglish restore`.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { Command } from 'commander';
import { backupLibrary, restoreLibrary, type JobProgress } from '../../indexer/index.ts';
import { settingOptions, settingsOf } from './context.ts';
import {
  formatBytes,
  formatNumber,
  formatSeconds,
  interruptible,
  printable,
  printJson,
  printLine,
  ProgressLine,
} from './terminal.ts';

interface Flags {
  readonly withModels?: boolean;
  readonly withThumbnails?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly progress: boolean;
}

export function backupCommand(): Command {
  const command = new Command('backup')
    .description(
      'copy the library to a new folder, consistent also while it is in use; photos are not part of it',
    )
    .argument('<folder>', 'the backup: a folder that is not there yet')
    .option('--with-models', 'also the imported models, which are large')
    .option('--with-thumbnails', 'also the previews, which are otherwise made again')
    .option('--force', 'replace the backup that is there')
    .option('--json', 'print the report as one JSON document')
    .option('--no-progress', 'do not show progress')
    .action(async (folder: string) => {
      await backup(command, folder);
    });
  return settingOptions(command, ['data', 'models']);
}

async function backup(command: Command, target: string): Promise<void> {
  const flags = command.opts<Flags>();
  const { dataFolder, modelsFolder } = settingsOf(command);
  const line = new ProgressLine({ isQuiet: !flags.progress });
  const report = await interruptible((signal) =>
    backupLibrary({
      dataFolder,
      target,
      force: flags.force === true,
      modelsFolder: flags.withModels === true ? modelsFolder : null,
      thumbnails: flags.withThumbnails === true,
      signal,
      onProgress: (progress) => line.show(progressText(progress)),
    }),
  ).finally(() => line.clear());
  if (flags.json === true) return printJson(report);
  printLine(
    `Saved ${formatNumber(report.images)} photos and ${formatNumber(report.vectors)} vectors, ` +
      `${formatBytes(report.bytes)}, to ${printable(report.target)} in ${formatSeconds(report.seconds)}.`,
  );
}

export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('make a backup the library of the data folder, after it was checked to the last byte')
    .argument('<folder>', 'what "imglish backup" made')
    .option('--force', 'replace a library that holds photos')
    .option('--json', 'print the report as one JSON document')
    .option('--no-progress', 'do not show progress')
    .action(async (folder: string) => {
      await restore(command, folder);
    });
  return settingOptions(command, ['data', 'models']);
}

async function restore(command: Command, source: string): Promise<void> {
  const flags = command.opts<Flags>();
  const { dataFolder, modelsFolder } = settingsOf(command);
  const line = new ProgressLine({ isQuiet: !flags.progress });
  const report = await interruptible((signal) =>
    restoreLibrary({
      backup: source,
      dataFolder,
      modelsFolder,
      force: flags.force === true,
      signal,
      onProgress: (progress) => line.show(progressText(progress)),
    }),
  ).finally(() => line.clear());
  if (flags.json === true) return printJson(report);
  printLine(
    `Restored ${formatNumber(report.images)} photos and ${formatNumber(report.vectors)} vectors of ` +
      `${report.createdAt.slice(0, 16).replace('T', ' ')} UTC to ${printable(report.dataFolder)}.`,
  );
  printLine('The index is built again when the library is opened; "imglish index" brings in what is newer.');
}

function progressText({ phase, done, total }: JobProgress): string {
  const name = phase.slice(0, 1).toUpperCase() + phase.slice(1);
  return `${name}: ${formatBytes(done)}${total === null ? '' : ` of ${formatBytes(total)}`}`;
}
