/**
 * `imglish worker`: embeds photos for a library on another machine that sees the same share.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { hostname } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { parsePathRule, startWorker, type PathRule, type WorkerProgress } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { modelSettings, openModel, settingOptions, settingsOf, using } from './context.ts';
import { formatNumber, interruptible, note, printable, printJson, ProgressLine } from './terminal.ts';

interface Flags {
  readonly map?: readonly PathRule[];
  readonly root?: readonly PathRule[];
  readonly name: string;
  readonly library?: string;
  readonly json?: boolean;
  readonly progress: boolean;
}

export function workerCommand(): Command {
  const command = new Command('worker')
    .description('embed photos for a library on another machine that sees the same share, until Ctrl-C')
    .option(
      '--map <owner=here>',
      'a folder of the library and where it is on this machine: /photos=/mnt/photos; may be given several times',
      (text, before: readonly PathRule[] | undefined) => [...(before ?? []), parsePathRule(text)],
    )
    .option(
      '--root <folder>',
      'a folder that is called the same on both machines; may be given several times',
      (text, before: readonly PathRule[] | undefined) => [...(before ?? []), rootRule(text)],
    )
    .option('--name <name>', 'how the owner of the library names this worker', `${hostname()}-${process.pid}`)
    .option('--library <id>', 'which library, where several ask for workers')
    .option('--json', 'print what was done as one JSON document at the end')
    .option('--no-progress', 'do not show progress')
    .addHelpText(
      'after',
      `
At least one --map or --root says what the worker may read; nothing outside of these folders is ever opened.
Whoever can write to the Redis server can have it read pictures there: the server must be private, with a password.
The owner is any "imglish index" or "imglish serve" with the same --redis.`,
    )
    .action(async () => {
      await run(command);
    });
  return settingOptions(command, [...modelSettings, 'redis', 'concurrency']);
}

async function run(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  const { redisUrl, concurrency } = settings;
  if (redisUrl === null) {
    throw new AppError(
      'INVALID_ARGUMENT',
      '--redis: is missing, expected the server that the owner of the library uses, such as redis://nas:6379',
    );
  }
  const line = new ProgressLine({ isQuiet: !flags.progress });
  const tell = (notice: string): void => {
    line.clear();
    note(printable(notice));
  };
  const done = await interruptible(async (signal) => {
    const embedder = await openModel(settings, { preload: ['vision'], onNotice: tell });
    return using([embedder], () =>
      startWorker(embedder, {
        redisUrl,
        rules: [...(flags.map ?? []), ...(flags.root ?? [])],
        name: flags.name,
        ...(flags.library !== undefined && { libraryId: flags.library }),
        concurrency: concurrency ?? undefined,
        signal,
        onNotice: tell,
        onProgress: (progress) => line.show(progressText(progress)),
      }),
    );
  }).finally(() => line.clear());
  if (flags.json === true) printJson(done);
  else note(progressText(done));
}

function rootRule(folder: string): PathRule {
  const place = path.resolve(folder);
  return { owner: place, worker: place };
}

function progressText({ photos, others }: WorkerProgress): string {
  const more = others === 0 ? '' : `, ${formatNumber(others)} files known or refused`;
  return `${formatNumber(photos)} photos embedded${more}`;
}
