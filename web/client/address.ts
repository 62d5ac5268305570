/**
 * The address of the page says what it shows: `?q=words` or `?duplicates=exact`, `&alike=hide` where look-alikes are
 * folded, `&photo=id` while one photo is open, and `&stack=id` where it is looked at among those under one hit. So
 * reloading, going back and sending a link all work.
 * Source: our own. Deviation: none.
 */
import type { DuplicateKind } from './api.ts';

export interface Address {
  readonly query: string;
  readonly hidesAlike: boolean;
  /** The list of duplicates in place of a search. */
  readonly duplicates: DuplicateKind | null;
  readonly photo: number | null;
  /** The hit whose copies and look-alikes are stepped through. */
  readonly stack: number | null;
}

export const startAddress: Address = {
  query: '',
  hidesAlike: false,
  duplicates: null,
  photo: null,
  stack: null,
};

export function parseAddress(search: string): Address {
  const parameters = new URLSearchParams(search);
  const kind = parameters.get('duplicates');
  const duplicates = kind === 'exact' || kind === 'near' ? kind : null;
  const photo = idOf(parameters.get('photo'));
  return {
    query: duplicates === null ? (parameters.get('q') ?? '').trim() : '',
    hidesAlike: parameters.get('alike') === 'hide',
    duplicates,
    photo,
    stack: photo === null || duplicates !== null ? null : idOf(parameters.get('stack')),
  };
}

export function formatAddress({ query, hidesAlike, duplicates, photo, stack }: Address): string {
  const parameters = new URLSearchParams();
  if (duplicates !== null) parameters.set('duplicates', duplicates);
  else if (query !== '') parameters.set('q', query);
  if (hidesAlike && duplicates === null) parameters.set('alike', 'hide');
  if (stack !== null) parameters.set('stack', String(stack));
  if (photo !== null) parameters.set('photo', String(photo));
  const text = parameters.toString();
  return text === '' ? '/' : `/?${text}`;
}

function idOf(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}
