/**
 * The found photos, as a list of links whose places are fixed before any of them has loaded.
 * Source: our own. Deviation: none.
 */
import type { Hit } from './api.ts';
import { formatAddress, type Address } from './address.ts';
import { element } from './element.ts';
import { formatNumber, formatScore } from './format.ts';
import { pictureOf, ratioOf } from './picture.ts';

/** Photos that are most likely in view at once: these are loaded without waiting for the layout. */
const EAGER_COUNT = 12;

/** Replaces the list, or continues it where it begins with the same photos. */
export function showHits(list: HTMLOListElement, hits: readonly Hit[], address: Address): void {
  const shown = shownIds(list);
  const key = keyOf(address);
  const continues = list.dataset['key'] === key && shown.every((id, index) => hits[index]?.id === id);
  const kept = continues ? shown.length : 0;
  // A longer search may have found more that belongs under a photo which is there already.
  for (const [index, item] of [...list.children].slice(0, kept).entries()) {
    const hit = hits[index];
    if (hit !== undefined && item instanceof HTMLElement) setBadge(item, hit, address);
  }
  const items = hits.slice(kept).map((hit) => itemOf(hit, address, hits.length));
  if (kept === 0) list.replaceChildren(...items);
  else list.append(...items);
  list.dataset['query'] = address.query;
  list.dataset['key'] = key;
}

export function clearHits(list: HTMLOListElement): void {
  list.replaceChildren();
  delete list.dataset['query'];
  delete list.dataset['key'];
}

/** Where the focus was when a photo was opened: its link, or the badge of its stack. */
export function linkOf(
  list: HTMLOListElement,
  { photo, stack }: Pick<Address, 'photo' | 'stack'>,
): HTMLAnchorElement | null {
  return list.querySelector(stack === null ? `a[data-id="${photo}"]` : `a[data-stack="${stack}"]`);
}

/** Left and right go through the photos of a list; the browser's own keys do the rest. */
export function moveFocus(list: HTMLElement, event: KeyboardEvent): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (step === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const links = [...list.querySelectorAll<HTMLAnchorElement>('a[data-id]')];
  const item = document.activeElement?.closest('li');
  const index = links.findIndex((link) => link.closest('li') === item);
  const next = links[index + step];
  if (index < 0 || next === undefined) return;
  event.preventDefault();
  next.focus();
}

function keyOf({ query, hidesAlike }: Address): string {
  return `${hidesAlike ? 'folded' : 'plain'} ${query}`;
}

function shownIds(list: HTMLOListElement): number[] {
  return [...list.querySelectorAll<HTMLAnchorElement>('a[data-id]')].map((link) =>
    Number(link.dataset['id']),
  );
}

function itemOf(hit: Hit, address: Address, count: number): HTMLLIElement {
  const { image } = hit;
  const score = formatScore(hit.score, hit.pMatch);
  const link = element(
    'a',
    { class: 'photo', href: formatAddress({ ...address, photo: hit.id, stack: null }), 'data-id': hit.id },
    element(
      'span',
      { class: 'caption' },
      element('span', { class: 'name', 'aria-hidden': 'true' }, image.fileName),
      element(
        'span',
        { class: 'score' },
        element('span', { class: 'hidden' }, `, rank ${hit.rank} of ${count}, score `),
        score,
      ),
    ),
  );
  link.prepend(
    pictureOf(image, { isEager: hit.rank <= EAGER_COUNT, onLost: () => link.classList.add('lost') }),
  );
  const item = element('li', { class: 'hit' }, link);
  item.style.setProperty('--ratio', ratioOf(image).toFixed(4));
  setBadge(item, hit, address);
  return item;
}

/** "+3": the copies and look-alikes under a hit; a link to the first of them. */
function setBadge(item: HTMLElement, hit: Hit, address: Address): void {
  const first = hit.copies[0] ?? hit.alike[0]?.image;
  const more = formatNumber(hit.stackSize - 1);
  const old = item.querySelector('.badge');
  if (first === undefined) {
    old?.remove();
    return;
  }
  const words = badgeWords(hit);
  if (old?.getAttribute('aria-label') === words) return;
  const badge = element(
    'a',
    {
      class: 'badge',
      href: formatAddress({ ...address, photo: first.id, stack: hit.id }),
      'data-photo': first.id,
      'data-stack': hit.id,
      'aria-label': words,
      title: words,
    },
    `+${more}`,
  );
  if (old === null) item.append(badge);
  else old.replaceWith(badge);
}

/** For example "3 more under beach.jpg: 1 exact copy, 2 look-alikes". */
function badgeWords({ image, copies, alike, stackSize }: Hit): string {
  const parts = [
    copies.length === 0 ? '' : counted(copies.length, 'exact copy', 'exact copies'),
    alike.length === 0 ? '' : counted(alike.length, 'look-alike', 'look-alikes'),
  ].filter((part) => part !== '');
  return `${formatNumber(stackSize - 1)} more under ${image.fileName}: ${parts.join(', ')}`;
}

function counted(count: number, one: string, many: string): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}
