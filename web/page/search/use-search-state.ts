/**
 * The state of the search, read from the address and written to it.
 * Source: wouter. Deviation: none.
 */
import { useCallback, useMemo } from 'react';
import { useSearch as useAddressSearch } from 'wouter';
import { navigate } from 'wouter/use-browser-location';
import { formatState, parseState, type SearchState } from './search-state.ts';

export type Go = (next: Partial<SearchState>, how?: 'push' | 'replace') => void;

export function useSearchState(): readonly [SearchState, Go] {
  const search = useAddressSearch();
  const state = useMemo(() => parseState(search), [search]);
  const go = useCallback<Go>((next, how = 'push') => {
    // Read again: two changes may come before the page is drawn.
    const address = formatState({ ...parseState(location.search), ...next });
    if (address === location.search && how === 'push') return;
    navigate(`/${address}`, { replace: how === 'replace', state: how === 'replace' ? history.state : null });
  }, []);
  return [state, go];
}

/** Left in the history with an open photo: going back closes it. */
const OPENED_HERE = { isOpenedHere: true };

export function openPhoto(id: number): void {
  navigate(`/${formatState({ ...parseState(location.search), view: id })}`, { state: OPENED_HERE });
}

export function closePhoto(): void {
  if ((history.state as typeof OPENED_HERE | null)?.isOpenedHere === true) history.back();
  else navigate(`/${formatState({ ...parseState(location.search), view: null })}`, { replace: true });
}
