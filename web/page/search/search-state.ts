/**
 * What is looked for and how it is shown, as the address says it: so that back, reload and a sent link work.
 * Source: the URL standard. Deviation: a photo from outside of the library cannot stand in an address; its key does, and
 * this browser keeps the photo (see photo-shelf).
 */
import type { FacetName } from '../../schema/index.ts';
import { chipOf, textOfChip, type FilterChip } from './filter-chips.ts';

export interface SearchState {
  /** As typed, with all signs. */
  readonly words: string;
  /** Of a photo that was dropped, pasted or picked; null: none */
  readonly photo: string | null;
  /** A photo of the library to look like. */
  readonly like: number | null;
  /** Photos of the library to look unlike. */
  readonly unlike: readonly number[];
  readonly chips: readonly FilterChip[];
  readonly sort: 'relevance' | 'date';
  readonly hidesAlike: boolean;
  /** Whether the nearest photos are shown though nothing matches. */
  readonly showsMisses: boolean;
  /** The photo that is open. */
  readonly view: number | null;
}

export const startState: SearchState = {
  words: '',
  photo: null,
  like: null,
  unlike: [],
  chips: [],
  sort: 'relevance',
  hidesAlike: false,
  showsMisses: false,
  view: null,
};

/** As many as a request may have, beside words and photo. */
export const UNLIKE_MAX = 12;
const CHIPS_MAX = 24;

/** What makes no sense is passed over: an address may be older than this page. */
export function parseState(search: string): SearchState {
  const parameters = new URLSearchParams(search);
  const chips = parameters.getAll('f').slice(0, CHIPS_MAX).map(chipOf);
  return {
    words: (parameters.get('q') ?? '').trim(),
    photo: /^[0-9a-z]{1,64}$/.exec(parameters.get('photo') ?? '')?.[0] ?? null,
    like: idOf(parameters.get('like')),
    unlike: [
      ...new Set((parameters.get('unlike') ?? '').split(',').flatMap((text) => idOf(text) ?? [])),
    ].slice(0, UNLIKE_MAX),
    chips: chips.filter((chip) => chip !== undefined),
    sort: parameters.get('sort') === 'date' ? 'date' : 'relevance',
    hidesAlike: parameters.get('alike') === 'hidden',
    showsMisses: parameters.get('misses') === 'shown',
    view: idOf(parameters.get('view')),
  };
}

/** `?q=hill&f=year:2025`, or '' for the start. */
export function formatState(state: SearchState): string {
  const parameters = new URLSearchParams();
  if (state.words !== '') parameters.set('q', state.words);
  if (state.photo !== null) parameters.set('photo', state.photo);
  if (state.like !== null) parameters.set('like', String(state.like));
  if (state.unlike.length > 0) parameters.set('unlike', state.unlike.join(','));
  for (const chip of state.chips) parameters.append('f', textOfChip(chip));
  if (state.sort !== 'relevance') parameters.set('sort', state.sort);
  if (state.hidesAlike) parameters.set('alike', 'hidden');
  if (state.showsMisses) parameters.set('misses', 'shown');
  if (state.view !== null) parameters.set('view', String(state.view));
  const text = parameters.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/');
  return text === '' ? '' : `?${text}`;
}

/** Whether something is looked for, and not only browsed. */
export function asksForSomething({ words, photo, like, unlike }: SearchState): boolean {
  return words !== '' || photo !== null || like !== null || unlike.length > 0;
}

/** What the answer depends on; which photo is open, for instance, it does not. */
export function searchKey(state: SearchState): string {
  return formatState({ ...state, view: null, showsMisses: false });
}

/** For the title of the browser's tab. */
export function titleOf(state: SearchState): string {
  if (state.words !== '') return state.words;
  if (state.photo !== null || state.like !== null) return 'Photos like this one';
  return state.chips.map(({ value }) => value).join(', ');
}

export function hasChip(state: SearchState, name: FacetName, value: string): boolean {
  return state.chips.some((chip) => chip.name === name && chip.value === value);
}

export function toggleChip(state: SearchState, chip: FilterChip): SearchState {
  const chips = hasChip(state, chip.name, chip.value)
    ? state.chips.filter(({ name, value }) => name !== chip.name || value !== chip.value)
    : [...state.chips, chip];
  return { ...state, chips, view: null, showsMisses: false };
}

function idOf(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}
