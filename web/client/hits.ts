/**
 * The found photos, as a list of links whose places are fixed before any of them has loaded.
 * Source: our own. Deviation: none.
 */
import type { Hit } from './api.ts';
import { formatAddress } from './address.ts';
import { element } from './element.ts';
import { formatScore } from './format.ts';

/** Panoramas and very tall pictures are cut to these proportions in the list; the viewer shows them whole. */
const RATIO_MIN = 0.6;
const RATIO_MAX = 2.6;
/** A small thumbnail is limited on its longer side: of anything wider it has too few rows to look sharp. */
const PANORAMA_RATIO = 2;
/** Photos that are most likely in view at once: these are loaded without waiting for the layout. */
const EAGER_COUNT = 12;

/** Replaces the list, or continues it where it begins with the same photos. */
export function showHits(list: HTMLOListElement, hits: readonly Hit[], query: string): void {
  const shown = shownIds(list);
  const continues = list.dataset['query'] === query && shown.every((id, index) => hits[index]?.id === id);
  const kept = continues ? shown.length : 0;
  const items = hits.slice(kept).map((hit) => itemOf(hit, query, hits.length));
  if (kept === 0) list.replaceChildren(...items);
  else list.append(...items);
  list.dataset['query'] = query;
}

export function clearHits(list: HTMLOListElement): void {
  list.replaceChildren();
  delete list.dataset['query'];
}

/** The link of a photo in the list. */
export function linkOf(list: HTMLOListElement, id: number): HTMLAnchorElement | null {
  return list.querySelector(`a[data-id="${id}"]`);
}

/** Left and right go through the list; the browser's own keys do the rest. */
export function moveFocus(list: HTMLOListElement, event: KeyboardEvent): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (step === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const links = [...list.querySelectorAll('a')];
  const index = links.findIndex((link) => link === document.activeElement);
  const next = links[index + step];
  if (index < 0 || next === undefined) return;
  event.preventDefault();
  next.focus();
}

function shownIds(list: HTMLOListElement): number[] {
  return [...list.querySelectorAll('a')].map((link) => Number(link.dataset['id']));
}

function itemOf(hit: Hit, query: string, count: number): HTMLLIElement {
  const { image } = hit;
  const score = formatScore(hit.score, hit.pMatch);
  const picture = element('img', {
    src: image.width / image.height > PANORAMA_RATIO ? image.preview : image.thumbnail,
    width: image.width,
    height: image.height,
    alt: `${image.fileName} in ${image.folder}`,
    loading: hit.rank <= EAGER_COUNT ? 'eager' : 'lazy',
    decoding: 'async',
  });
  const link = element(
    'a',
    { href: formatAddress({ query, photo: hit.id }), 'data-id': hit.id },
    picture,
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
  picture.addEventListener('error', () => link.classList.add('lost'), { once: true });
  const item = element('li', { class: 'hit' }, link);
  const ratio = Math.min(RATIO_MAX, Math.max(RATIO_MIN, image.width / image.height));
  item.style.setProperty('--ratio', ratio.toFixed(4));
  return item;
}
