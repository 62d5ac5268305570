/**
 * The jobs of the library as they are now: a list, kept up to date by events.
 * Source: our own. Deviation: none.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { JobDocument } from '../../schema/index.ts';
import { listJobs } from '../api/jobs.ts';
import { toast } from '../shell/toasts.tsx';
import { followJobs } from './follow-jobs.ts';
import { stateWords } from './job-words.ts';
import { isOpen, JOBS_MAX, mergeJobs, withNews, type JobNews, type ListedJobs } from './merge-jobs.ts';

/** Whether somebody does the jobs is told with the list alone. */
const ASK_AGAIN_MS = 10_000;

/** A server that one comes back to tells the latest of each job at once; they are shown at once. */
const GATHER_MS = 50;

/** What may be otherwise when a job has ended. */
const changedByJobs: ReadonlySet<unknown> = new Set(['library', 'library-skips', 'duplicates', 'job-skips']);

export function useJobs() {
  const [news, setNews] = useState<JobNews>(new Map());
  const [isLive, setLive] = useState(true);
  const queryClient = useQueryClient();
  const openIds = useRef<ReadonlySet<string>>(new Set());
  const list = useQuery({
    queryKey: ['jobs'],
    queryFn: async ({ signal }): Promise<ListedJobs> => {
      const askedAtMs = performance.now();
      return { ...(await listJobs(JOBS_MAX, { signal })), askedAtMs };
    },
    refetchInterval: ASK_AGAIN_MS,
  });
  const jobs = mergeJobs(list.data, news);

  /** Of events, or of an answer to what was pressed. */
  const tell = useCallback(
    (told: readonly JobDocument[]): void => {
      const atMs = performance.now();
      setNews((before) => told.reduce((all, job) => withNews(all, job, atMs), before));
      const ended = told.filter((job) => !isOpen(job) && openIds.current.has(job.id));
      for (const job of ended) {
        toast(`${job.title}: ${stateWords(job).toLowerCase()}`, job.state === 'failed' ? 'problem' : 'note');
      }
      if (ended.length === 0) return;
      void queryClient.invalidateQueries({ predicate: ({ queryKey }) => changedByJobs.has(queryKey[0]) });
    },
    [queryClient],
  );

  useEffect(() => {
    openIds.current = new Set(jobs.filter(isOpen).map(({ id }) => id));
  });

  useEffect(() => {
    let wasLost = false;
    let gathered: JobDocument[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = followJobs({
      onJob: (job) => {
        if (gathered.length === 0) {
          timer = setTimeout(() => {
            tell(gathered);
            gathered = [];
          }, GATHER_MS);
        }
        gathered.push(job);
      },
      onConnected: (isConnected) => {
        setLive(isConnected);
        // What happened in between is in the list, whatever the server remembers of events.
        if (isConnected && wasLost) void queryClient.invalidateQueries({ queryKey: ['jobs'] });
        wasLost = !isConnected;
      },
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [queryClient, tell]);

  const { error, isPending, refetch } = list;
  return { jobs, isWorked: list.data?.isWorked, isLive, error, isPending, refetch, tell };
}
