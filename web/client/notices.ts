/**
 * What stands in place of photos: the way to begin, and why there is nothing to see.
 * Source: our own. Deviation: none.
 */
import { ApiError, type LibraryAnswer } from './api.ts';
import { formatAddress, startAddress } from './address.ts';
import { byId, element } from './element.ts';
import { formatCount } from './format.ts';

/** Why there are no photos to show. */
export type NoticeReason = 'empty' | 'indexing' | 'nothing' | 'failed';

/** Words that find something in most albums. */
const EXAMPLES: readonly string[] = [
  'a dog in the snow',
  'children playing',
  'sunset over the sea',
  'a red car',
  'mountains in the mist',
  'people at a table',
];

/** Puts the examples up, once. They are links: they can be opened in another tab. */
export function fillExamples(): void {
  const items = EXAMPLES.map((query) =>
    element(
      'li',
      {},
      element('a', { href: formatAddress({ ...startAddress, query }), 'data-query': query }, query),
    ),
  );
  byId('examples', HTMLUListElement).replaceChildren(...items);
}

export function showStart(isShown: boolean, library: LibraryAnswer | null): void {
  byId('start', HTMLElement).hidden = !isShown;
  if (library === null) return;
  const folders = library.roots.length > 1 ? ` in ${formatCount(library.roots.length, 'folder')}` : '';
  byId('start-text', HTMLParagraphElement).textContent =
    `${formatCount(library.images, 'photo')}${folders}, searched on this machine and nowhere else.`;
}

export function showNotice(reason: NoticeReason | null, problem: unknown, retry: () => void): void {
  const notice = byId('notice', HTMLElement);
  // The library is asked every second: what already stands there is left alone, with the focus in it.
  const state = `${reason ?? ''} ${reason === 'failed' ? wordsOf(problem) : ''}`;
  notice.hidden = reason === null;
  if (notice.dataset['state'] === state) return;
  notice.dataset['state'] = state;
  notice.replaceChildren(...(reason === null ? [] : contentOf(reason, problem, retry)));
}

function contentOf(reason: NoticeReason, problem: unknown, retry: () => void): readonly Node[] {
  const contents: Readonly<Record<NoticeReason, () => readonly Node[]>> = {
    empty: () => [
      title('No photos yet'),
      text('Stop Imglish in its terminal, and start it again with a folder of photos:'),
      element('code', {}, 'npm start -- /path/to/photos'),
      text('Or index the folder first, and then start:'),
      element('code', {}, 'imglish index /path/to/photos'),
    ],
    indexing: () => [
      title('Your photos are being read'),
      text('You can search as soon as the first ones are in; this page notices by itself.'),
    ],
    nothing: () => [title('Nothing found'), text('Try other words, or fewer of them.')],
    failed: () => {
      const again = element('button', { type: 'button', class: 'button' }, 'Try again');
      again.addEventListener('click', retry);
      return [title('The search did not work'), text(wordsOf(problem)), element('p', {}, again)];
    },
  };
  return contents[reason]();
}

function title(words: string): HTMLElement {
  return element('h2', { id: 'notice-title' }, words);
}

function text(words: string): HTMLElement {
  return element('p', {}, words);
}

function wordsOf(problem: unknown): string {
  return problem instanceof ApiError ? problem.message : 'Something unexpected went wrong on this page.';
}
