/**
 * Words and photos find photos.
 * Source: our own. Deviation: none.
 */
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLibrary } from '../api/library.ts';
import { ErrorBoundary } from '../shell/error-boundary.tsx';
import { usePageTitle } from '../shell/page-frame.tsx';
import { toastProblem } from '../shell/toasts.tsx';
import { DropZone } from '../search/drop-zone.tsx';
import { FilterBar } from '../search/filter-bar.tsx';
import { HelpOverlay } from '../search/help-overlay.tsx';
import type { GridHandle } from '../search/photo-grid.tsx';
import type { TileActions } from '../search/photo-tile.tsx';
import { keepPhoto } from '../search/photo-shelf.ts';
import { QueryParts } from '../search/query-parts.tsx';
import { Results } from '../search/results.tsx';
import { SearchBox } from '../search/search-box.tsx';
import { asksForSomething, formatState, titleOf, UNLIKE_MAX } from '../search/search-state.ts';
import { SelectionBar } from '../search/selection-bar.tsx';
import { Examples, FirstRun, IndexingNote } from '../search/start.tsx';
import { usePageKeys } from '../search/use-page-keys.ts';
import { useSearch } from '../search/use-search.ts';
import { closePhoto, openPhoto, useSearchState } from '../search/use-search-state.ts';
import { useSelection } from '../search/use-selection.ts';
import '../style/search.css';

const Lightbox = lazy(async () => ({ default: (await import('../lightbox/lightbox.tsx')).Lightbox }));

/** Whoever has scrolled this far is looking at photos. */
const LOOKING_SCROLL_PX = 160;

export function SearchPage() {
  const [state, go] = useSearchState();
  const { data: library } = useLibrary();
  const grid = useRef<GridHandle>(null);
  const input = useRef<HTMLInputElement>(null);
  const isLookedAt = useCallback(
    () => scrollY > LOOKING_SCROLL_PX || grid.current?.contains(document.activeElement) === true,
    [],
  );
  const search = useSearch(state, isLookedAt);
  const selection = useSelection(useMemo(() => search.hits.map(({ id }) => id), [search.hits]));
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const [lastViewed, setLastViewed] = useState<number | null>(null);
  const isStart = !asksForSomething(state) && state.chips.length === 0;
  usePageTitle(titleOf(state));

  const { words, photo, view } = state;
  useEffect(() => {
    // With braces: newer browsers give a promise, which React would take for the way to undo it.
    scrollTo(0, 0);
  }, [words, photo, state.like]);
  // A photo that was closed, by whatever way, is the one the focus returns to.
  const before = useRef(view);
  useEffect(() => {
    if (view === null && before.current !== null) setLastViewed(before.current);
    if (view !== null) setLastViewed(null);
    before.current = view;
  }, [view]);

  // The first photos of a library, and those that came in while it was read, are to be found without asking again.
  const { retry } = search;
  const read = useRef({ images: library?.images, state: library?.indexing.state });
  useEffect(() => {
    const { images, state: reading } = read.current;
    read.current = { images: library?.images, state: library?.indexing.state };
    const hasFirst = images === 0 && (library?.images ?? 0) > 0;
    const isRead = reading === 'indexing' && library?.indexing.state !== 'indexing';
    if (hasFirst || (isRead && !isLookedAt())) retry();
  }, [library, retry, isLookedAt]);

  const searchWith = useCallback(
    (file: File) => {
      keepPhoto(file).then(
        (key) => go({ photo: key, like: null, view: null, showsMisses: false }),
        (problem: unknown) => toastProblem(problem),
      );
    },
    [go],
  );
  const like = useCallback(
    (id: number) => go({ like: id, photo: null, words: '', unlike: [], view: null, showsMisses: false }),
    [go],
  );
  const unlike = useCallback(
    (id: number) => {
      const next = [...new Set([...state.unlike, id])].slice(-UNLIKE_MAX);
      // Towards and away from the same photo is nowhere.
      go({ unlike: next, view: null, showsMisses: false, ...(state.like === id && { like: null }) });
    },
    [go, state.unlike, state.like],
  );
  const isChoosing = selection.selected.size > 0;
  const actions = useMemo<TileActions>(
    () => ({
      addressOf: (id) => `/${formatState({ ...state, view: id })}`,
      onOpen: openPhoto,
      onLike: like,
      onUnlike: unlike,
      onSelect: selection.toggle,
      isChoosing,
    }),
    [state, like, unlike, selection.toggle, isChoosing],
  );
  usePageKeys({
    isQuiet: view !== null || isHelpOpen,
    onSearch: () => {
      input.current?.focus();
      input.current?.select();
    },
    onHelp: () => setIsHelpOpen(true),
    onEscape: selection.clear,
    onPhoto: { x: (id) => selection.toggle(id, false), m: like, n: unlike },
  });

  if (library?.images === 0 && isStart) {
    return (
      <main id="content" className="search-page" tabIndex={-1}>
        <h1 className="visually-hidden">Photos</h1>
        <FirstRun library={library} />
      </main>
    );
  }
  return (
    <main id="content" className="search-page" tabIndex={-1} data-start={isStart}>
      {isStart && (
        <div className="hero">
          <h1>What do you remember?</h1>
        </div>
      )}
      {!isStart && <h1 className="visually-hidden">Photos</h1>}
      <div className="search-top">
        <SearchBox
          words={words}
          chips={<QueryParts state={state} go={go} />}
          hasParts={photo !== null || state.like !== null || state.unlike.length > 0}
          input={input}
          onWords={(typed) => go({ words: typed, view: null, showsMisses: false })}
          onPhoto={searchWith}
          onDown={() => grid.current?.focus()}
        />
      </div>
      {isStart && <Examples isDemo={library?.isDemo === true} />}
      <FilterBar state={state} go={go} />
      {library !== undefined && <IndexingNote library={library} />}
      <Results
        state={state}
        go={go}
        search={search}
        library={library}
        selected={selection.selected}
        actions={actions}
        grid={grid}
        lastViewed={lastViewed}
        onHelp={() => setIsHelpOpen(true)}
      />
      <SelectionBar selected={selection.selected} onClear={selection.clear} />
      <HelpOverlay isOpen={isHelpOpen} onClose={() => setIsHelpOpen(false)} />
      <DropZone onPhoto={searchWith} />
      {view !== null && search.stage !== 'waiting' && (
        <ErrorBoundary>
          <Suspense>
            <Lightbox
              view={view}
              hits={search.hits}
              words={words}
              isSelected={selection.selected.has(view)}
              onView={(id) => go({ view: id }, 'replace')}
              onClose={closePhoto}
              onLike={like}
              onUnlike={unlike}
              onSelect={(id) => selection.toggle(id, false)}
              onEnd={search.loadMore}
            />
          </Suspense>
        </ErrorBoundary>
      )}
    </main>
  );
}
