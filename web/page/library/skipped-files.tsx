/**
 * Files that could not be indexed, with reasons and remedies.
 * Source: our own. Deviation: none.
 */
import { useLibrarySkips } from '../api/library.ts';
import { Button } from '../parts/button.tsx';
import { formatCount } from '../parts/format.ts';
import { SkipList } from '../parts/skip-list.tsx';
import { ProblemState, Spinner } from '../parts/states.tsx';

export function SkippedFiles({ count }: { readonly count: number }) {
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    useLibrarySkips();
  return (
    <section aria-labelledby="skipped-title">
      <h2 id="skipped-title">Left out</h2>
      <p className="hint">
        {formatCount(count, 'file')} could not be read. Each is tried again when it changes; all others are
        in.
      </p>
      {isPending && <Spinner label="The list is loading" />}
      {error !== null && <ProblemState error={error} onRetry={() => void refetch()} />}
      {data !== undefined && (
        <SkipList label="Files that were left out" skips={data.pages.flatMap(({ skips }) => skips)} />
      )}
      {hasNextPage && (
        <p className="more">
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            More files
          </Button>
        </p>
      )}
    </section>
  );
}
