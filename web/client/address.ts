/**
 * The address of the page says what it shows: `?q=words`, and `&photo=id` while one photo is open. So
 * reloading, going back and sending a link all work.
 * Source: our own. Deviation: none.
 */

export interface Address {
  readonly query: string;
  readonly photo: number | null;
}

export function parseAddress(search: string): Address {
  const parameters = new URLSearchParams(search);
  const photo = parameters.get('photo') ?? '';
  return {
    query: (parameters.get('q') ?? '').trim(),
    photo: /^[1-9]\d{0,14}$/.test(photo) ? Number(photo) : null,
  };
}

export function formatAddress({ query, photo }: Address): string {
  const parameters = new URLSearchParams();
  if (query !== '') parameters.set('q', query);
  if (photo !== null) parameters.set('photo', String(photo));
  const text = parameters.toString();
  return text === '' ? '/' : `/?${text}`;
}
