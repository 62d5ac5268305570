/**
 * `imglish jobs`: work that outlives a process: list it, ask for it, steer it, do it.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { openJobQueue, type JobQueue, type JobRecord, type Settings } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { settingOptions, settingsOf, using } from './context.ts';
import { nameOf, printJob, printJobs, workText } from './job-report.ts';
import { jobsAddCommand } from './jobs-add-command.ts';
import { jobsRunCommand } from './jobs-run-command.ts';
import { note, printJson, printLine } from './terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly limit: number;
  readonly skips: number;
}

type Step = 'pause' | 'resume' | 'cancel' | 'retry';

const LIMIT_DEFAULT = 20;
const SKIPS_DEFAULT = 20;
const COUNT_MAX = 1_000_000;

export function jobsCommand(): Command {
  return new Command('jobs')
    .description('work that outlives a process: list it, add it, pause, resume, cancel, retry, do it')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(jobsAddCommand())
    .addCommand(showCommand())
    .addCommand(stepCommand('pause', 'interrupt a job, or keep it from being done'))
    .addCommand(stepCommand('resume', 'go on with a job that was paused'))
    .addCommand(stepCommand('cancel', 'end a job; what it did so far stays'))
    .addCommand(stepCommand('retry', 'do a job after all that failed or was cancelled'))
    .addCommand(jobsRunCommand());
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list jobs, the newest first, with progress, rate and what was skipped')
    .option('--limit <count>', 'how many', parseCount, LIMIT_DEFAULT)
    .option('--json', 'print one JSON document')
    .action(async () => {
      const { json, limit } = command.opts<Flags>();
      const { jobs, isWorked } = await withQueue(settingsOf(command), async (queue) => ({
        jobs: await queue.list({ limit }),
        isWorked: await queue.isWorked(),
      }));
      if (json === true) printJson({ jobs, isWorked });
      else printJobs(jobs, isWorked);
    });
  return settingOptions(command, ['data', 'redis']);
}

function showCommand(): Command {
  const command = new Command('show')
    .description('one job in full, with the files it skipped and why')
    .argument('<id>', 'number of the job, see "imglish jobs"')
    .option('--skips <count>', 'how many skipped files', parseCount, SKIPS_DEFAULT)
    .option('--json', 'print one JSON document')
    .action(async (id: string) => {
      const flags = command.opts<Flags>();
      const { job, skips } = await withQueue(settingsOf(command), async (queue) => ({
        job: await existing(queue, id),
        skips: await queue.skips(id, { offset: 0, limit: flags.skips }),
      }));
      if (flags.json === true) printJson({ job, skips });
      else printJob(job, skips);
    });
  return settingOptions(command, ['data', 'redis']);
}

function stepCommand(step: Step, description: string): Command {
  const command = new Command(step)
    .description(description)
    .argument('<id>', 'number of the job, see "imglish jobs"')
    .option('--json', 'print one JSON document')
    .action(async (id: string) => {
      const { job, isWorked } = await withQueue(settingsOf(command), async (queue) => ({
        job: await queue[step](id),
        isWorked: await queue.isWorked(),
      }));
      if (command.opts<Flags>().json === true) {
        printJson({ job, isWorked });
        return;
      }
      printLine(`${nameOf(job)}: ${job.state}.`);
      if (job.state === 'waiting') note(workText(isWorked));
    });
  return settingOptions(command, ['data', 'redis']);
}

/** @throws AppError NOT_FOUND where there is no such folder: to look must not make one */
async function withQueue<T>(settings: Settings, work: (queue: JobQueue) => Promise<T>): Promise<T> {
  const { dataFolder, redisUrl } = settings;
  const mark = path.join(dataFolder, redisUrl === null ? 'jobs.sqlite' : 'jobs-queue.id');
  if (!existsSync(dataFolder)) {
    throw new AppError(
      'NOT_FOUND',
      `${mark}: there are no jobs yet, expected a library; add one with "imglish jobs add index <folder>", or name the library's folder with --data`,
    );
  }
  const queue = await openJobQueue({ dataFolder, redisUrl, onNotice: note });
  return using([queue], () => work(queue));
}

async function existing(queue: JobQueue, id: string): Promise<JobRecord> {
  const job = await queue.get(id);
  if (job !== undefined) return job;
  throw new AppError('NOT_FOUND', `job ${id}: there is none, expected one that "imglish jobs" lists`);
}

function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= COUNT_MAX) return value;
  throw new InvalidArgumentError(`expected a whole number from 0 to ${COUNT_MAX}`);
}
