/**
 * What a job left out, with reasons; asked for when somebody wants to see it.
 * Source: our own. Deviation: none.
 */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JobDocument } from '../../schema/index.ts';
import { listJobSkips } from '../api/jobs.ts';
import { Button } from '../parts/button.tsx';
import { formatNumber } from '../parts/format.ts';
import { SkipList } from '../parts/skip-list.tsx';
import { ProblemState, Spinner } from '../parts/states.tsx';

const PAGE = 50;

export function JobSkips({ job }: { readonly job: JobDocument }) {
  const [isShown, setShown] = useState(false);
  const words = job.skipped === 1 ? '1 was left out' : `${formatNumber(job.skipped)} were left out`;
  return (
    <div className="job-skips">
      <Button
        icon={isShown ? 'minus' : 'plus'}
        aria-expanded={isShown}
        aria-label={`${words}: ${job.title}`}
        onClick={() => setShown(!isShown)}
      >
        {words}
      </Button>
      {isShown && <Skips job={job} />}
    </div>
  );
}

function Skips({ job }: { readonly job: JobDocument }) {
  // A job that goes on leaves out more; its list is asked for again.
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    useInfiniteQuery({
      queryKey: ['job-skips', job.id, job.attempts, job.state === 'running' ? job.skipped : 'all'],
      queryFn: ({ signal, pageParam }) =>
        listJobSkips(job.id, { offset: pageParam, limit: PAGE }, { signal }),
      initialPageParam: 0,
      getNextPageParam: ({ total }, pages) => {
        const count = pages.reduce((sum, { skips }) => sum + skips.length, 0);
        return count < total ? count : null;
      },
    });
  return (
    <>
      {isPending && <Spinner label="The list is loading" />}
      {error !== null && <ProblemState error={error} onRetry={() => void refetch()} />}
      {data !== undefined && (
        <SkipList label={`Left out: ${job.title}`} skips={data.pages.flatMap(({ skips }) => skips)} />
      )}
      {hasNextPage && (
        <p className="more">
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            More of them
          </Button>
        </p>
      )}
    </>
  );
}
