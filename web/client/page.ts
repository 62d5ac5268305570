/**
 * What the page shows follows from its address: no words, photos found by words, duplicates, or one photo of them.
 * Source: our own. Deviation: none.
 */
import { formatAddress, parseAddress, startAddress, type Address } from './address.ts';
import { readPhoto, search, type Hit, type LibraryAnswer, type Photo } from './api.ts';
import { DuplicatesView } from './duplicates-view.ts';
import { byId } from './element.ts';
import { formatCount, formatNumber, formatScore } from './format.ts';
import { clearHits, linkOf, showHits } from './hits.ts';
import { LibraryWatch } from './library-watch.ts';
import { showNotice, showStart, type NoticeReason } from './notices.ts';
import { Viewer } from './viewer.ts';

/** Enough for a large screen and one scroll. */
const PAGE_PHOTOS = 60;
/** As many as the server gives for one search. */
const LIMIT_MAX = 1000;

/** Left in the history with an open photo: whether going back closes it. */
interface HistoryState {
  readonly isOpenedHere: boolean;
}

/** One of the photos that the viewer steps through. */
interface Step {
  readonly photo: Photo;
  readonly score: string | null;
  readonly relation: string;
}

export class Page {
  readonly #input = byId('query', HTMLInputElement);
  readonly #summary = byId('summary', HTMLParagraphElement);
  readonly #bar = byId('bar', HTMLDivElement);
  readonly #scores = byId('scores', HTMLButtonElement);
  readonly #alike = byId('alike', HTMLButtonElement);
  readonly #duplicatesLink = byId('duplicates-link', HTMLAnchorElement);
  readonly #list = byId('hits', HTMLOListElement);
  readonly #more = byId('more', HTMLButtonElement);
  readonly #library: LibraryWatch;
  readonly #viewer: Viewer;
  readonly #duplicates = new DuplicatesView();
  #address: Address = startAddress;
  #limit = PAGE_PHOTOS;
  #hits: readonly Hit[] = [];
  #isTruncated = false;
  #totalMs = 0;
  #running: AbortController | null = null;
  #problem: unknown = null;
  #lastViewed: Pick<Address, 'photo' | 'stack'> | null = null;

  constructor() {
    this.#library = new LibraryWatch((now, before) => this.#onLibrary(now, before));
    this.#viewer = new Viewer({
      onStep: (step) => this.#step(step),
      onEdge: (edge) => this.#stepTo(this.#steps().at(edge === 'first' ? 0 : -1)),
      onClose: () => this.#closePhoto(),
    });
    this.#more.addEventListener('click', () => {
      this.#limit = Math.min(LIMIT_MAX, this.#limit + PAGE_PHOTOS);
      void this.#search();
    });
    this.#alike.addEventListener('click', () => {
      this.#push({ ...this.#address, hidesAlike: !this.#address.hidesAlike });
    });
  }

  start(): void {
    window.addEventListener('popstate', () => void this.#apply(parseAddress(location.search)));
    void this.#library.start();
    void this.#apply(parseAddress(location.search));
  }

  /** Shows what the words find. @param mode a new entry of the history, or the current one changed */
  goTo(query: string, mode: 'push' | 'replace'): void {
    const { hidesAlike } = this.#address;
    const address = { ...startAddress, hidesAlike, query: query.trim() };
    if (address.query === this.#address.query && this.#address.duplicates === null) return;
    if (mode === 'push') this.#push(address);
    else {
      history.replaceState(null, '', formatAddress(address));
      void this.#apply(address);
    }
  }

  /** Shows what this link of the page says, without loading the page again. */
  follow(link: HTMLAnchorElement): void {
    const address = parseAddress(new URL(link.href).search);
    this.#push({ ...address, hidesAlike: address.hidesAlike || this.#address.hidesAlike });
  }

  /** Opens the photo of a link in a list; going back closes it. */
  open(link: HTMLAnchorElement): void {
    const state: HistoryState = { isOpenedHere: true };
    const { photo, stack } = parseAddress(new URL(link.href).search);
    const address = { ...this.#address, photo, stack };
    history.pushState(state, '', formatAddress(address));
    void this.#apply(address);
  }

  #push(address: Address): void {
    history.pushState(null, '', formatAddress(address));
    void this.#apply(address);
  }

  async #apply(address: Address): Promise<void> {
    const before = this.#address;
    const isNewSearch = address.query !== before.query || address.hidesAlike !== before.hidesAlike;
    this.#address = address;
    // Whoever is typing must not have the words changed under the cursor.
    if (this.#input.value.trim() !== address.query) this.#input.value = address.query;
    document.title = titleOf(address);
    this.#alike.setAttribute('aria-pressed', String(address.hidesAlike));
    if (address.duplicates === null) this.#duplicatesLink.removeAttribute('aria-current');
    else this.#duplicatesLink.setAttribute('aria-current', 'page');
    if (isNewSearch) this.#limit = PAGE_PHOTOS;
    await Promise.all([
      this.#duplicates.show(address.duplicates),
      isNewSearch ? this.#search() : this.#render(),
    ]);
    // Another address may have come while the search ran.
    if (this.#address === address) await this.#showPhoto(address);
  }

  async #search(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#list.classList.add('waiting');
    this.#list.setAttribute('aria-busy', 'true');
    const { query, hidesAlike } = this.#address;
    const { signal } = running;
    try {
      const none = { hits: [], truncatedText: false, timings: { totalMs: 0 } };
      const answer = query === '' ? none : await search(query, { limit: this.#limit, hidesAlike, signal });
      if (this.#running !== running) return;
      this.#hits = answer.hits;
      this.#isTruncated = answer.truncatedText;
      this.#totalMs = answer.timings.totalMs;
      this.#problem = null;
    } catch (error) {
      if (this.#running !== running) return;
      this.#hits = [];
      this.#problem = error;
    }
    this.#running = null;
    this.#render();
  }

  #render(): void {
    const library = this.#library.latest;
    const { query, duplicates } = this.#address;
    if (this.#running === null) {
      this.#list.classList.remove('waiting');
      this.#list.removeAttribute('aria-busy');
      if (this.#hits.length > 0) showHits(this.#list, this.#hits, { ...this.#address, photo: null });
      else clearHits(this.#list);
    }
    const hasHits = this.#list.childElementCount > 0;
    this.#list.hidden = !hasHits;
    this.#scores.hidden = !hasHits;
    this.#alike.hidden = !hasHits;
    this.#bar.hidden = duplicates !== null;
    this.#summary.textContent = this.#summaryText(library);
    const reason = this.#noticeReason(library);
    showNotice(reason, this.#problem, () => void this.#search());
    showStart(query === '' && duplicates === null && reason === null, library);
    this.#more.hidden = !this.#hasMore(library);
  }

  #noticeReason(library: LibraryAnswer | null): NoticeReason | null {
    if (this.#address.duplicates !== null) return null;
    if (this.#problem !== null) return 'failed';
    if (library !== null && library.images === 0) {
      return library.indexing.state === 'indexing' ? 'indexing' : 'empty';
    }
    const hasNothing = this.#address.query !== '' && this.#running === null && this.#hits.length === 0;
    return hasNothing ? 'nothing' : null;
  }

  #summaryText(library: LibraryAnswer | null): string {
    const count = this.#hits.length;
    if (this.#address.query === '' || count === 0 || this.#running !== null) return '';
    const shown = this.#hits.reduce((sum, { stackSize }) => sum + stackSize, 0);
    const images = Math.max(library?.images ?? shown, shown);
    const isIndexing = library?.indexing.state === 'indexing';
    const found =
      count === images
        ? `${formatCount(count, 'photo')}, best first`
        : `The best ${formatNumber(count)} of ${formatCount(images, 'photo')}`;
    return [
      isIndexing ? `${found} so far` : found,
      shown === count ? '' : `${formatNumber(shown - count)} more under them`,
      `${formatNumber(Math.max(1, Math.round(this.#totalMs)))} ms`,
      this.#isTruncated ? 'the end of these words was not read: they are more than the model takes' : '',
    ]
      .filter((part) => part !== '')
      .join(' · ');
  }

  #hasMore(library: LibraryAnswer | null): boolean {
    const count = this.#hits.length;
    const isFull = count > 0 && count >= this.#limit && this.#limit < LIMIT_MAX;
    return isFull && (library === null || count < library.images);
  }

  #onLibrary(now: LibraryAnswer, before: LibraryAnswer | null): void {
    const hasFinished = before?.indexing.state === 'indexing' && now.indexing.state !== 'indexing';
    const hasFirst = before?.images === 0 && now.images > 0;
    // Photos that came in since the search may belong among its hits; the list is not changed under a finger.
    if (hasFinished) this.#duplicates.forget();
    if (this.#address.query !== '' && (hasFinished || hasFirst) && !this.#viewer.isOpen) void this.#search();
    else this.#render();
  }

  async #showPhoto(address: Address): Promise<void> {
    const { photo: id, stack } = address;
    if (id === null) {
      const wasOpen = this.#viewer.isOpen;
      this.#viewer.hide();
      if (wasOpen && this.#lastViewed !== null) this.#linkOf(this.#lastViewed)?.focus();
      return;
    }
    this.#lastViewed = { photo: id, stack };
    const steps = this.#steps();
    const index = steps.findIndex(({ photo }) => photo.id === id);
    const step = steps[index];
    if (step !== undefined) {
      this.#viewer.show({ ...step, rank: index + 1, count: steps.length });
      // The neighbours of the photo, so that a step shows them at once.
      for (const near of [steps[index + 1], steps[index - 1]]) {
        if (near !== undefined) new Image().src = near.photo.preview;
      }
      return;
    }
    try {
      const photo = await readPhoto(id);
      if (this.#address !== address) return;
      this.#viewer.show({ photo, rank: 0, count: 0, score: null, relation: '' });
    } catch {
      // A link to a photo that is gone leads to the list it was in.
      if (this.#address === address) this.#closePhoto();
    }
  }

  /** What the arrow keys go through: all hits, what is under one of them, or a group of duplicates. */
  #steps(): readonly Step[] {
    const { photo, stack, duplicates } = this.#address;
    if (duplicates !== null && photo !== null) {
      return this.#duplicates
        .groupOf(photo)
        .map(({ photo: own, relation }) => ({ photo: own, relation, score: null }));
    }
    const hit = this.#hits.find(({ id }) => id === stack);
    return hit === undefined ? this.#hits.map((one) => stepOf(one)) : stackOf(hit);
  }

  #linkOf(viewed: Pick<Address, 'photo' | 'stack'>): HTMLAnchorElement | null {
    if (this.#address.duplicates === null) return linkOf(this.#list, viewed);
    return viewed.photo === null ? null : this.#duplicates.linkOf(viewed.photo);
  }

  #step(step: number): void {
    const steps = this.#steps();
    const index = steps.findIndex(({ photo }) => photo.id === this.#address.photo);
    if (index >= 0) this.#stepTo(steps[index + step]);
  }

  #stepTo(step: Step | undefined): void {
    if (step === undefined || !this.#steps().some(({ photo }) => photo.id === this.#address.photo)) return;
    const address = { ...this.#address, photo: step.photo.id };
    history.replaceState(history.state, '', formatAddress(address));
    void this.#apply(address);
  }

  #closePhoto(): void {
    if ((history.state as HistoryState | null)?.isOpenedHere === true) {
      history.back();
      return;
    }
    const address = { ...this.#address, photo: null, stack: null };
    history.replaceState(null, '', formatAddress(address));
    void this.#apply(address);
  }
}

function titleOf({ query, duplicates }: Address): string {
  if (duplicates !== null) return 'Duplicates · Imglish';
  return query === '' ? 'Imglish' : `${query} · Imglish`;
}

function stepOf({ image, score, pMatch }: Hit): Step {
  return { photo: image, score: formatScore(score, pMatch), relation: '' };
}

function stackOf(hit: Hit): readonly Step[] {
  return [
    stepOf(hit),
    ...hit.copies.map((photo) => ({ photo, score: null, relation: 'exact copy' })),
    ...hit.alike.map(({ image, score }) => ({
      photo: image,
      score: formatScore(score, null),
      relation: 'look-alike',
    })),
  ];
}
