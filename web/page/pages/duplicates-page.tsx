/**
 * Copies of the same bytes, and photos that look alike. Only shown: nothing is ever deleted here.
 * Source: our own. Deviation: none.
 */
import { useSearch } from 'wouter';
import { useDuplicates } from '../api/duplicates.ts';
import type { DuplicateKind } from '../duplicates/duplicates-document.ts';
import { DuplicateGroups } from '../duplicates/duplicate-groups.tsx';
import { DuplicateTabs } from '../duplicates/duplicate-tabs.tsx';
import { pendingWords, summaryWords } from '../duplicates/group-words.ts';
import { LookNow } from '../duplicates/look-now.tsx';
import { Button } from '../parts/button.tsx';
import { ProblemState, Spinner } from '../parts/states.tsx';
import { PageFrame } from '../shell/page-frame.tsx';
import '../duplicates/duplicates.css';

export function DuplicatesPage() {
  const kind: DuplicateKind = new URLSearchParams(useSearch()).get('kind') === 'near' ? 'near' : 'exact';
  return (
    <PageFrame title="Duplicates" lead="Only shown, never deleted: what to keep is for you to decide.">
      <DuplicateTabs kind={kind} />
      <Duplicates key={kind} kind={kind} />
    </PageFrame>
  );
}

function Duplicates({ kind }: { readonly kind: DuplicateKind }) {
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    useDuplicates(kind);
  const [first] = data?.pages ?? [];
  if (isPending) return <Spinner label="The groups are loading" />;
  if (first === undefined) return <ProblemState error={error} onRetry={() => void refetch()} />;
  const groups = data?.pages.flatMap((page) => page.groups) ?? [];
  return (
    <>
      <p className="duplicates-summary" role="status">
        {summaryWords(kind, first)}
      </p>
      {pendingWords(first) !== '' && <LookNow words={pendingWords(first)} />}
      <DuplicateGroups groups={groups} kind={kind} />
      {hasNextPage && (
        <p className="more">
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            More groups
          </Button>
        </p>
      )}
    </>
  );
}
