/**
 * `imglish watch`: keeps the library up to date while folders change.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { Command } from 'commander';
import { watchRoots, type WatchBatch } from '../../indexer/index.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import { progressText } from './index-command.ts';
import {
  exitCodes,
  formatNumber,
  interruptible,
  note,
  printable,
  printJson,
  printLine,
  ProgressLine,
} from './terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly progress: boolean;
}

/** Skipped files that are named after each batch; the library lists all. */
const SKIPS_LISTED = 5;

export function watchCommand(): Command {
  const command = new Command('watch')
    .description('index folders, then every change in them within seconds, until Ctrl-C')
    .argument('[folders...]', 'folders, watched in depth, or files; none: those indexed before')
    .option('--json', 'print one JSON document a line for each batch of changes')
    .option('--no-progress', 'do not show progress')
    .action(async (folders: string[]) => {
      await run(command, folders);
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
    'poll',
  ]);
}

async function run(command: Command, folders: readonly string[]): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  const line = new ProgressLine({ isQuiet: !flags.progress });
  await interruptible(async (signal) => {
    const embedder = await openModel(settings, { onNotice: note });
    await using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'write');
      await using([library], async () => {
        const { excludeFolders, excludeGlobs, followSymlinks, keepMissing } = settings;
        const { fileBytesMax, imagePixelsMax, concurrency, redisUrl, localWork, pollSeconds } = settings;
        const watcher = await watchRoots(library, embedder, {
          roots: folders,
          excludeFolders,
          excludeGlobs,
          followSymlinks,
          keepMissing,
          fileBytesMax,
          imagePixelsMax,
          concurrency,
          redisUrl,
          localWork,
          pollSeconds,
          signal,
          onProgress: (progress) => line.show(progressText(progress)),
          onBatch: (batch) => {
            line.clear();
            if (batch.isNews) show(batch, flags.json === true);
          },
          onNotice: (notice) => {
            line.clear();
            note(printable(notice));
          },
        });
        note(`Watching ${watcher.roots.map(printable).join(', ')}; Ctrl-C ends it.`);
        await watcher.finished;
      });
    });
  }).finally(() => line.clear());
  // The end that was asked for is no failure.
  process.exitCode = exitCodes.done;
}

function show(batch: WatchBatch, asJson: boolean): void {
  if (asJson) {
    printJson({ time: new Date().toISOString(), paths: batch.paths, ...batch.report });
    return;
  }
  printLine(batchText(batch));
  for (const { code, message } of batch.report.skipped.slice(0, SKIPS_LISTED)) {
    note(`skipped (${code}) ${printable(message)}`);
  }
}

/** `3 new, 1 moved, 1 removed, 2.1 s` */
export function batchText({ report }: Pick<WatchBatch, 'report'>): string {
  const counts = [
    ['new', report.added],
    ['changed', report.updated],
    ['moved', report.moved],
    ['removed', report.removed],
    ['skipped', report.skippedCount],
  ] as const;
  const shown = counts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${formatNumber(count)} ${name}`);
  const what =
    shown.length === 0 ? `${formatNumber(report.unchanged)} photos, nothing new` : shown.join(', ');
  return `${what}, ${formatNumber(report.seconds, 1)} s`;
}
