/**
 * What a search found: photos, or why there are none.
 * Source: our own. Deviation: none.
 */
import { useMemo, type RefObject } from 'react';
import type { LibraryDocument } from '../../schema/index.ts';
import { asProblem } from '../api/problem.ts';
import { Button } from '../parts/button.tsx';
import { formatCount, formatNumber } from '../parts/format.ts';
import { EmptyState, ProblemState, Spinner } from '../parts/states.tsx';
import { PhotoGrid, type GridHandle } from './photo-grid.tsx';
import type { TileActions } from './photo-tile.tsx';
import { asksForSomething, type SearchState } from './search-state.ts';
import { sectionsOf } from './sections.ts';
import type { Search } from './use-search.ts';
import type { Go } from './use-search-state.ts';

export function Results({
  state,
  go,
  search,
  library,
  selected,
  actions,
  grid,
  lastViewed,
  onHelp,
}: {
  readonly state: SearchState;
  readonly go: Go;
  readonly search: Search;
  readonly library: LibraryDocument | undefined;
  readonly selected: ReadonlySet<number>;
  readonly actions: TileActions;
  readonly grid: RefObject<GridHandle | null>;
  readonly lastViewed: number | null;
  readonly onHelp: () => void;
}) {
  const { hits, stage, answer, trusted, held, problem } = search;
  const isFinal = stage === 'done' && held === null;
  const sections = useMemo(() => {
    const asks = asksForSomething(state);
    const line = isFinal && asks ? trusted : null;
    const shown = isFinal ? hits : hits.map(() => ({ band: null }));
    return sectionsOf(shown, line, answer?.cutoff?.kind === 'pMatch');
  }, [hits, isFinal, trusted, answer, state]);

  if (problem !== null && hits.length === 0) {
    return <ProblemState error={problem} onRetry={search.retry} />;
  }
  if (stage === 'waiting' && hits.length === 0) return <Spinner label="Searching" />;
  if (stage !== 'waiting' && hits.length === 0) return <NothingThere state={state} go={go} />;
  const isMiss = isFinal && answer?.nothingMatches === true && asksForSomething(state);
  if (isMiss && !state.showsMisses) return <NothingMatches state={state} go={go} />;
  return (
    <>
      <div className="results-head">
        <p role="status" className="summary">
          {summaryOf(search, state, library)}
        </p>
        {held !== null && (
          <Button look="main" icon="refresh" onClick={search.settle}>
            Show the better order
          </Button>
        )}
        <Button look="quiet" icon="keyboard" label="Keys and words" onClick={onHelp} />
      </div>
      <Notices
        // That nothing was asked for needs no telling.
        notices={asksForSomething(state) ? (answer?.notices ?? []) : []}
        isTruncated={answer?.truncatedText === true}
      />
      <PhotoGrid
        hits={hits}
        sections={sections}
        selected={selected}
        settled={search.settled}
        isStale={stage === 'waiting'}
        actions={actions}
        onEnd={search.loadMore}
        handle={grid}
        lastViewed={lastViewed}
      />
      {search.isLoadingMore && <Spinner label="More photos are coming" />}
      {problem !== null && (
        <p className="more-problem" role="alert">
          {asProblem(problem).message} <Button onClick={search.loadMore}>Try again</Button>
        </p>
      )}
      {stage === 'done' && !search.hasMore && hits.length > 20 && (
        <p className="the-end">These are all {formatCount(hits.length, 'photo')}.</p>
      )}
    </>
  );
}

function summaryOf(search: Search, state: SearchState, library: LibraryDocument | undefined): string {
  const { hits, stage, answer, hasMore, held } = search;
  if (stage === 'waiting') return 'Searching';
  const all = library === undefined ? null : library.images;
  if (!asksForSomething(state)) {
    if (state.chips.length > 0) {
      return hasMore ? 'Newest first' : `${formatCount(hits.length, 'photo')}, newest first`;
    }
    return all === null ? '' : `${formatCount(all, 'photo')}, newest first`;
  }
  const among = all === null ? '' : `Best of ${formatCount(all, 'photo')}`;
  const ms = answer === null ? '' : `${formatNumber(Math.max(1, Math.round(answer.timings.totalMs)))} ms`;
  const reading =
    stage === 'first' && answer?.reranked !== null && state.words !== '' ? 'reading the best again' : '';
  const isHeld = held === null ? '' : 'the best were read again beside the words';
  return [among, ms, reading, isHeld].filter((part) => part !== '').join(' · ');
}

function Notices({
  notices,
  isTruncated,
}: {
  readonly notices: readonly string[];
  readonly isTruncated: boolean;
}) {
  const all = isTruncated
    ? [...notices, 'The end of these words was not read: they are more than the model takes.']
    : notices;
  if (all.length === 0) return null;
  return (
    <ul className="notices">
      {all.map((notice) => (
        <li key={notice}>{notice}</li>
      ))}
    </ul>
  );
}

function NothingMatches({ state, go }: { readonly state: SearchState; readonly go: Go }) {
  const what = state.words === '' ? 'this' : `“${state.words}”`;
  return (
    <EmptyState
      title={
        <>
          Nothing here matches <span className="whole">{what}</span>
        </>
      }
      actions={
        <Button look="main" onClick={() => go({ showsMisses: true })}>
          Show the nearest anyway
        </Button>
      }
    >
      <p>
        The best photos were read together with the words, and none is likely enough to belong to them. Other
        words may help, or fewer of them.
      </p>
    </EmptyState>
  );
}

function NothingThere({ state, go }: { readonly state: SearchState; readonly go: Go }) {
  const hasChips = state.chips.length > 0;
  return (
    <EmptyState
      title="No photo is left"
      actions={
        hasChips && (
          <Button look="main" onClick={() => go({ chips: [] })}>
            Remove the filters
          </Button>
        )
      }
    >
      <p>{hasChips ? 'No photo passes all of these filters.' : 'No photo passes what was asked for.'}</p>
    </EmptyState>
  );
}
