/**
 * Jobs as people read them: a table, one job in full, a line of progress.
 * Source: our own. Deviation: none.
 */
import Table from 'cli-table3';
import type { JobProgress, JobRecord, JobSkip } from '../../indexer/index.ts';
import { formatNumber, formatSeconds, note, printable, printLine } from './terminal.ts';

/** Of a list of folders, as a title. */
const TITLE_CHARACTERS_MAX = 40;

export function printJobs(jobs: readonly JobRecord[], isWorked: boolean): void {
  if (jobs.length === 0) {
    printLine('No jobs. Add one with: imglish jobs add index <folder>');
    return;
  }
  const table = new Table({
    head: ['job', 'kind', 'of', 'state', 'progress', 'a second', 'left', 'skipped'],
    style: { head: [], border: [] },
  });
  for (const job of jobs) {
    const progress = job.state === 'running' ? job.progress : null;
    table.push([
      job.id,
      job.kind,
      printable(titleOf(job)),
      stateText(job),
      // Of a part that skips most of the work the last count says nothing.
      job.state === 'done' && job.progress?.done !== job.progress?.total ? '' : countText(job.progress),
      progress === null ? '' : formatNumber(progress.itemsPerSecond, 1),
      progress?.etaSeconds === null || progress === null ? '' : formatSeconds(progress.etaSeconds),
      formatNumber(job.skipped),
    ]);
  }
  printLine(table.toString());
  const isOpen = jobs.some(({ state }) => state === 'waiting' || state === 'running');
  if (isOpen) note(workText(isWorked));
}

/** @param skips the first of them */
export function printJob(job: JobRecord, skips: readonly JobSkip[]): void {
  const rows: readonly (readonly [string, string | null])[] = [
    ['job', `${job.id}, ${job.kind}`],
    ['of', titleOf(job) || null],
    ['state', stateText(job)],
    ['progress', job.progress === null ? null : progressLine(job.progress)],
    ['added', localTime(job.createdAt)],
    ['started', job.startedAt === null ? null : `${localTime(job.startedAt)}, ${attemptText(job.attempts)}`],
    ['ended', job.finishedAt === null ? null : localTime(job.finishedAt)],
    ['error', job.error === null ? null : `(${job.error.code}) ${job.error.message}`],
    ['result', job.result === null ? null : JSON.stringify(job.result)],
    ['parameters', JSON.stringify(job.parameters)],
    ['skipped', formatNumber(job.skipped)],
  ];
  for (const [name, text] of rows) if (text !== null) printLine(`${name.padEnd(11)} ${printable(text)}`);
  for (const { code, message } of skips) printLine(`  (${code}) ${printable(message)}`);
  const more = job.skipped - skips.length;
  if (more > 0) printLine(`  … and ${formatNumber(more)} more; --skips <count> shows more`);
}

export function workText(isWorked: boolean): string {
  return isWorked
    ? 'A process is working on the jobs of this library.'
    : 'No process is working on the jobs of this library: "imglish jobs run" or "imglish serve" does them.';
}

/** `job 3 (index /photos)` */
export function nameOf(job: JobRecord): string {
  const title = titleOf(job);
  return `job ${job.id} (${job.kind}${title === '' ? '' : ` ${printable(title)}`})`;
}

/** `embedding: 1,234 of 8,091, 21.5 a second, 5 min 18 s left, 3 skipped` */
export function progressLine(progress: JobProgress): string {
  const { phase, itemsPerSecond, etaSeconds, skipped } = progress;
  return [
    `${phase}: ${countText(progress)}`,
    itemsPerSecond > 0 ? `${formatNumber(itemsPerSecond, 1)} a second` : '',
    etaSeconds === null ? '' : `${formatSeconds(etaSeconds)} left`,
    skipped === 0 ? '' : `${formatNumber(skipped)} skipped`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** How a job ended, in a line. */
export function endText(job: JobRecord): string {
  const name = nameOf(job);
  const skipped = job.skipped === 0 ? '' : `, ${formatNumber(job.skipped)} skipped`;
  if (job.state === 'done') return `Done: ${name}${skipped}.`;
  if (job.state === 'failed') {
    return `Failed: ${name}: (${job.error?.code ?? 'INTERNAL'}) ${printable(job.error?.message ?? '')}`;
  }
  if (job.state === 'waiting' && job.notBefore !== null) {
    return `To be tried again at ${localTime(job.notBefore)}: ${name}: ${printable(job.error?.message ?? '')}`;
  }
  return `${job.state[0]?.toUpperCase() ?? ''}${job.state.slice(1)}: ${name}.`;
}

function titleOf({ parameters }: JobRecord): string {
  const { roots, source, list, model } = parameters;
  const named = Array.isArray(roots) && roots.length > 0 ? roots.join(', ') : (source ?? list ?? model);
  const title = typeof named === 'string' ? named : '';
  return title.length > TITLE_CHARACTERS_MAX ? `…${title.slice(1 - TITLE_CHARACTERS_MAX)}` : title;
}

function stateText({ state, notBefore, error }: JobRecord): string {
  if (state === 'waiting' && notBefore !== null) {
    return `waiting until ${localTime(notBefore)}${error === null ? '' : ` (${error.code})`}`;
  }
  return state === 'failed' && error !== null ? `failed (${error.code})` : state;
}

function countText(progress: JobProgress | null): string {
  if (progress === null) return '';
  const { done, total } = progress;
  if (total === null) return formatNumber(done);
  const share = total === 0 ? 100 : Math.floor((done / total) * 100);
  return `${formatNumber(done)} of ${formatNumber(total)} (${share} %)`;
}

function attemptText(attempts: number): string {
  return attempts === 1 ? 'once' : `${attempts} times`;
}

/** Today's times are times only. */
function localTime(iso: string): string {
  const time = new Date(iso);
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday ? time.toLocaleTimeString('en-GB') : time.toLocaleString('en-GB');
}
