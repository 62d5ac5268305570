/**
 * Groups of duplicates, one below the other: exact copies, or photos that look alike.
 * Source: our own. Deviation: none.
 */
import { formatAddress, startAddress } from './address.ts';
import {
  ApiError,
  readDuplicates,
  type DuplicateGroup,
  type DuplicateKind,
  type DuplicatesAnswer,
  type Photo,
} from './api.ts';
import { byId, element } from './element.ts';
import { formatBytes, formatCount, formatNumber } from './format.ts';
import { moveFocus } from './hits.ts';
import { pictureOf, ratioOf } from './picture.ts';

/** One photo of a group, as the viewer steps through it. */
export interface GroupPhoto {
  readonly photo: Photo;
  /** What it is to the group, for people; '' for the first. */
  readonly relation: string;
}

/** Groups whose photos are loaded without waiting for the layout. */
const EAGER_GROUPS = 3;

export class DuplicatesView {
  readonly #section = byId('duplicates', HTMLElement);
  readonly #summary = byId('duplicates-summary', HTMLParagraphElement);
  readonly #pending = byId('duplicates-pending', HTMLParagraphElement);
  readonly #list = byId('groups', HTMLOListElement);
  readonly #more = byId('more-groups', HTMLButtonElement);
  readonly #tabs = [byId('tab-exact', HTMLAnchorElement), byId('tab-near', HTMLAnchorElement)];
  #kind: DuplicateKind | null = null;
  #groups: readonly DuplicateGroup[] = [];
  #cursor: string | null = null;
  #running: AbortController | null = null;

  constructor() {
    this.#more.addEventListener('click', () => void this.#loadMore());
    this.#list.addEventListener('keydown', (event) => moveFocus(this.#list, event));
  }

  /** Shows the groups of this kind; null hides them. Returns when the first are there. */
  async show(kind: DuplicateKind | null): Promise<void> {
    this.#section.hidden = kind === null;
    if (kind === null || kind === this.#kind) return;
    this.#kind = kind;
    this.#groups = [];
    this.#cursor = null;
    this.#list.replaceChildren();
    this.#more.hidden = true;
    this.#pending.hidden = true;
    this.#summary.textContent = 'Looking …';
    for (const tab of this.#tabs) {
      if (tab.dataset['kind'] === kind) tab.setAttribute('aria-current', 'page');
      else tab.removeAttribute('aria-current');
    }
    await this.#load();
  }

  /** What is shown may be out of date: the next `show` asks again. */
  forget(): void {
    this.#running?.abort();
    this.#running = null;
    this.#kind = null;
  }

  /** All photos of the group that holds this one; empty where no shown group does. */
  groupOf(id: number): readonly GroupPhoto[] {
    return (
      this.#groups
        .map((group) => photosOf(group, this.#kind))
        .find((photos) => photos.some(({ photo }) => photo.id === id)) ?? []
    );
  }

  linkOf(id: number): HTMLAnchorElement | null {
    const own = this.#list.querySelector<HTMLAnchorElement>(`a[data-id="${id}"]`);
    // A copy has no link of its own: its photo has.
    const holder = this.#groups
      .flatMap(({ photos }) => photos)
      .find(({ copies }) => copies.some((copy) => copy.id === id));
    return own ?? (holder === undefined ? null : this.#list.querySelector(`a[data-id="${holder.image.id}"]`));
  }

  async #loadMore(): Promise<void> {
    const before = this.#list.childElementCount;
    await this.#load();
    // The button may be gone; whoever pressed it goes on with what it brought.
    this.#list.children[before]?.querySelector('a')?.focus({ preventScroll: true });
  }

  async #load(): Promise<void> {
    const kind = this.#kind;
    if (kind === null) return;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    try {
      const answer = await readDuplicates(kind, this.#cursor, running.signal);
      if (this.#running !== running) return;
      this.#take(kind, answer);
    } catch (error) {
      if (this.#running !== running) return;
      this.#summary.textContent =
        error instanceof ApiError ? error.message : 'Something unexpected went wrong.';
      // Coming back asks again.
      this.#kind = null;
    }
    this.#running = null;
  }

  #take(kind: DuplicateKind, answer: DuplicatesAnswer): void {
    const first = this.#groups.length;
    this.#groups = [...this.#groups, ...answer.groups];
    this.#cursor = answer.cursor;
    this.#list.append(...answer.groups.map((group, index) => groupItem(group, kind, first + index)));
    this.#more.hidden = answer.cursor === null;
    if (answer.total !== null) this.#summary.textContent = summaryOf(kind, answer);
    this.#showPending(answer);
  }

  #showPending({ near }: DuplicatesAnswer): void {
    this.#pending.hidden = near === null || near.pending === 0;
    if (near === null || near.pending === 0) return;
    const count = formatCount(near.pending, 'photo');
    const words =
      near.madeAt === null
        ? 'Nobody has looked for look-alikes yet.'
        : `${count} came since and were not compared yet.`;
    this.#pending.replaceChildren(
      `${words} In a terminal: `,
      element('code', {}, 'imglish duplicates --near'),
    );
  }
}

function summaryOf(kind: DuplicateKind, { total, near }: DuplicatesAnswer): string {
  if (total === null) return '';
  if (total.groups === 0) {
    if (near !== null && near.madeAt === null) return '';
    return kind === 'exact' ? 'No file is in the library twice.' : 'No photos look alike.';
  }
  const groups = formatCount(total.groups, 'group');
  const spare = total.spareBytes === null ? '' : ` · the copies take ${formatBytes(total.spareBytes)}`;
  return `${formatCount(total.photos, 'photo')} in ${groups}${spare}`;
}

function groupItem(group: DuplicateGroup, kind: DuplicateKind, index: number): HTMLLIElement {
  const title = element('h3', { id: `group-${group.id}` }, titleOf(group, kind));
  const photos = element('ol', { class: 'group-photos', 'aria-labelledby': title.id });
  for (const [place, { image, copies }] of group.photos.entries()) {
    photos.append(
      photoItem(image, { kind, copies: copies.length, isBest: place === 0, isEager: index < EAGER_GROUPS }),
    );
  }
  const rest = group.count - group.photos.reduce((sum, { copies }) => sum + 1 + copies.length, 0);
  if (rest > 0) photos.append(element('li', { class: 'group-rest' }, `and ${formatNumber(rest)} more`));
  return element('li', { class: 'group' }, title, photos);
}

function titleOf({ count, photos }: DuplicateGroup, kind: DuplicateKind): string {
  const bytes = photos[0]?.image.bytes ?? 0;
  if (kind === 'exact') return `${formatNumber(count)} times the same file · ${formatBytes(bytes)} each`;
  return `${formatCount(count, 'photo')} that look alike`;
}

function photoItem(
  photo: Photo,
  {
    kind,
    copies,
    isBest,
    isEager,
  }: {
    readonly kind: DuplicateKind;
    readonly copies: number;
    readonly isBest: boolean;
    readonly isEager: boolean;
  },
): HTMLLIElement {
  const address = { ...startAddress, duplicates: kind, photo: photo.id };
  const facts =
    kind === 'exact'
      ? photo.folder
      : // A number and its unit stay on one line.
        [`${formatNumber(photo.width)} × ${formatNumber(photo.height)}`, formatBytes(photo.bytes)]
          .map((part) => part.replaceAll(' ', '\u00a0'))
          .join(' · ');
  const link = element(
    'a',
    { class: 'photo', href: formatAddress(address), 'data-id': photo.id },
    element('span', { class: 'frame' }),
    element('span', { class: 'name' }, photo.fileName),
    element('span', { class: 'facts' }, facts),
  );
  if (copies > 0) {
    const words = copies === 1 ? 'and 1 exact copy' : `and ${formatNumber(copies)} exact copies`;
    link.append(element('span', { class: 'facts' }, words));
  }
  const picture = pictureOf(photo, { isEager, onLost: () => link.classList.add('lost') });
  // The name stands below it; said twice it would only be longer.
  picture.alt = '';
  link.querySelector('.frame')?.append(picture);
  if (isBest && kind === 'near')
    link.querySelector('.frame')?.append(element('span', { class: 'best' }, 'Largest'));
  const item = element('li', {}, link);
  item.style.setProperty('--ratio', ratioOf(photo).toFixed(4));
  return item;
}

function photosOf({ photos }: DuplicateGroup, kind: DuplicateKind | null): readonly GroupPhoto[] {
  const first = photos[0]?.image.id;
  return photos.flatMap(({ image, copies }) => [
    { photo: image, relation: image.id === first ? '' : kind === 'exact' ? 'exact copy' : 'look-alike' },
    ...copies.map((photo) => ({ photo, relation: 'exact copy' })),
  ]);
}
