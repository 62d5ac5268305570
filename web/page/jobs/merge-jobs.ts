/**
 * The list of jobs as it was asked for, with what was told of single jobs since.
 * Source: our own. Deviation: none.
 */
import type { JobDocument, JobListDocument } from '../../schema/index.ts';

/** What the server answered, and when it was asked: news that came later are newer. */
export interface ListedJobs extends JobListDocument {
  readonly askedAtMs: number;
}

/** The last that was told of each job, and when. */
export type JobNews = ReadonlyMap<string, { readonly job: JobDocument; readonly atMs: number }>;

/** Jobs that are shown at most; older ones are history. */
export const JOBS_MAX = 100;

export function withNews(news: JobNews, job: JobDocument, atMs: number): JobNews {
  const next = new Map(news);
  next.delete(job.id);
  next.set(job.id, { job, atMs });
  const oldest = next.keys().next();
  if (next.size > JOBS_MAX && oldest.done !== true) next.delete(oldest.value);
  return next;
}

/** Newest first. An answer that was on its way while news came must not put the old state back. */
export function mergeJobs(listed: ListedJobs | undefined, news: JobNews): readonly JobDocument[] {
  const jobs = new Map((listed?.jobs ?? []).map((job) => [job.id, job]));
  const askedAtMs = listed?.askedAtMs ?? Number.NEGATIVE_INFINITY;
  for (const [id, { job, atMs }] of news) {
    if (atMs >= askedAtMs || !jobs.has(id)) jobs.set(id, job);
  }
  return [...jobs.values()].toSorted(newestFirst).slice(0, JOBS_MAX);
}

const openStates: ReadonlySet<JobDocument['state']> = new Set(['waiting', 'running', 'paused']);

/** Work that is not over. */
export function isOpen({ state }: JobDocument): boolean {
  return openStates.has(state);
}

function newestFirst(one: JobDocument, other: JobDocument): number {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  return other.id.localeCompare(one.id, 'en', { numeric: true });
}
