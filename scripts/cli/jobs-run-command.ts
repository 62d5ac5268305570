/**
 * `imglish jobs run`: does the jobs of a library without serving a page.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { openJobQueue, type JobHandler, type JobQueue } from '../../indexer/index.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import { hostJobs } from './job-host.ts';
import { endText, nameOf, progressLine } from './job-report.ts';
import { exitCodes, interruptible, note, printJson, printLine, ProgressLine } from './terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly untilIdle?: boolean;
  readonly progress: boolean;
}

const POLL_MS = 300;

export function jobsRunCommand(): Command {
  const command = new Command('run')
    .description('do the jobs of the library, one after the other, until Ctrl-C')
    .option('--until-idle', 'end when there is nothing to do now; jobs that wait for their next try are left')
    .option('--json', 'print each job that ended as one JSON document a line')
    .option('--no-progress', 'do not show progress')
    .action(() => run(command));
  return settingOptions(command, [...modelSettings, 'concurrency', 'localWork', 'redis']);
}

async function run(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  const line = new ProgressLine({ isQuiet: !flags.progress });
  const hasFailed = await interruptible(async (signal) => {
    const embedder = await openModel(settings, { onNotice: note });
    return using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'write');
      const host = hostJobs(library, embedder, settings);
      return using([library, host], async () => {
        const { dataFolder, redisUrl } = settings;
        const queue = await openJobQueue({ dataFolder, redisUrl, onNotice: note });
        const work = new Work(queue, host.handler, flags, line);
        // The queue closes first, which puts the running job back.
        return using([queue], () => work.until(signal));
      });
    });
  }).finally(() => line.clear());
  if (hasFailed) process.exitCode = exitCodes.failed;
}

/** Runs the worker, shows how far it is, and prints each end. */
class Work {
  readonly #queue: JobQueue;
  readonly #flags: Flags;
  readonly #line: ProgressLine;
  readonly #handler: JobHandler;
  #running: string | undefined;
  readonly #ended: string[] = [];
  #hasFailed = false;

  constructor(queue: JobQueue, handler: JobHandler, flags: Flags, line: ProgressLine) {
    this.#queue = queue;
    this.#flags = flags;
    this.#line = line;
    this.#handler = async (job, context) => {
      this.#running = job.id;
      this.#line.clear();
      note(`Begins: ${nameOf(job)}.`);
      const tell = (progress: Parameters<typeof context.progress>[0]): void => {
        context.progress(progress);
        this.#line.show(progressLine(progress));
      };
      try {
        return await handler(job, { ...context, progress: tell });
      } finally {
        this.#running = undefined;
        this.#ended.push(job.id);
      }
    };
  }

  /** @returns true where a job failed */
  async until(signal: AbortSignal): Promise<boolean> {
    const worker = await this.#queue.work(this.#handler);
    if (this.#flags.untilIdle !== true) note('Working on the jobs of this library; Ctrl-C ends it.');
    while (!signal.aborted) {
      await this.#printEnded();
      if (this.#flags.untilIdle === true && (await this.#isIdle())) break;
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    await worker.close();
    await this.#printEnded();
    return this.#hasFailed;
  }

  /** The end is written a moment after the handler has ended. */
  async #printEnded(): Promise<void> {
    for (const id of this.#ended.splice(0)) {
      const job = await this.#queue.get(id);
      if (job === undefined) continue;
      if (job.state === 'running') {
        // Not written yet, or begun anew: its next end is told.
        if (this.#running !== id) this.#ended.push(id);
        continue;
      }
      if (job.state === 'failed') this.#hasFailed = true;
      this.#line.clear();
      if (this.#flags.json === true) printJson(job);
      else printLine(endText(job));
    }
  }

  async #isIdle(): Promise<boolean> {
    if (this.#running !== undefined || this.#ended.length > 0) return false;
    const open = await this.#queue.list({ states: ['waiting', 'running'] });
    const later = open.filter(({ state, notBefore }) => state === 'waiting' && notBefore !== null);
    if (later.length < open.length) return false;
    for (const job of later) note(endText(job));
    return true;
  }
}
