/**
 * What the page shows follows from its address: no words, photos found by words, or one of them.
 * Source: our own. Deviation: none.
 */
import { formatAddress, parseAddress, type Address } from './address.ts';
import { readPhoto, search, type Hit, type LibraryAnswer } from './api.ts';
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

export class Page {
  readonly #input = byId('query', HTMLInputElement);
  readonly #summary = byId('summary', HTMLParagraphElement);
  readonly #scores = byId('scores', HTMLButtonElement);
  readonly #list = byId('hits', HTMLOListElement);
  readonly #more = byId('more', HTMLButtonElement);
  readonly #library: LibraryWatch;
  readonly #viewer: Viewer;
  #address: Address = { query: '', photo: null };
  #limit = PAGE_PHOTOS;
  #hits: readonly Hit[] = [];
  #isTruncated = false;
  #totalMs = 0;
  #running: AbortController | null = null;
  #problem: unknown = null;
  #lastViewed: number | null = null;

  constructor() {
    this.#library = new LibraryWatch((now, before) => this.#onLibrary(now, before));
    this.#viewer = new Viewer({
      onStep: (step) => this.#step(step),
      onEdge: (edge) => this.#openHit(edge === 'first' ? this.#hits[0] : this.#hits.at(-1)),
      onClose: () => this.#closePhoto(),
    });
    this.#more.addEventListener('click', () => {
      this.#limit = Math.min(LIMIT_MAX, this.#limit + PAGE_PHOTOS);
      void this.#search();
    });
  }

  start(): void {
    window.addEventListener('popstate', () => void this.#apply(parseAddress(location.search)));
    void this.#library.start();
    void this.#apply(parseAddress(location.search));
  }

  /** Shows what the words find. @param mode a new entry of the history, or the current one changed */
  goTo(query: string, mode: 'push' | 'replace'): void {
    const address = { query: query.trim(), photo: null };
    if (address.query === this.#address.query) return;
    if (mode === 'push') history.pushState(null, '', formatAddress(address));
    else history.replaceState(null, '', formatAddress(address));
    void this.#apply(address);
  }

  /** Opens a photo of the list above it; going back closes it. */
  open(id: number): void {
    const state: HistoryState = { isOpenedHere: true };
    const address = { ...this.#address, photo: id };
    history.pushState(state, '', formatAddress(address));
    void this.#apply(address);
  }

  async #apply(address: Address): Promise<void> {
    const isNewQuery = address.query !== this.#address.query;
    this.#address = address;
    // Whoever is typing must not have the words changed under the cursor.
    if (this.#input.value.trim() !== address.query) this.#input.value = address.query;
    document.title = address.query === '' ? 'Imglish' : `${address.query} · Imglish`;
    if (isNewQuery) {
      this.#limit = PAGE_PHOTOS;
      await this.#search();
    } else {
      this.#render();
    }
    // Another address may have come while the search ran.
    if (this.#address === address) await this.#showPhoto(address.photo);
  }

  async #search(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#list.classList.add('waiting');
    this.#list.setAttribute('aria-busy', 'true');
    const { query } = this.#address;
    try {
      const none = { hits: [], truncatedText: false, timings: { totalMs: 0 } };
      const answer = query === '' ? none : await search(query, this.#limit, running.signal);
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
    const { query } = this.#address;
    if (this.#running === null) {
      this.#list.classList.remove('waiting');
      this.#list.removeAttribute('aria-busy');
      if (this.#hits.length > 0) showHits(this.#list, this.#hits, query);
      else clearHits(this.#list);
    }
    const hasHits = this.#list.childElementCount > 0;
    this.#list.hidden = !hasHits;
    this.#scores.hidden = !hasHits;
    this.#summary.textContent = this.#summaryText(library);
    const reason = this.#noticeReason(library);
    showNotice(reason, this.#problem, () => void this.#search());
    showStart(query === '' && reason === null, library);
    this.#more.hidden = !this.#hasMore(library);
  }

  #noticeReason(library: LibraryAnswer | null): NoticeReason | null {
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
    const images = Math.max(library?.images ?? count, count);
    const isIndexing = library?.indexing.state === 'indexing';
    const found =
      count === images
        ? `${formatCount(count, 'photo')}, best first`
        : `The best ${formatNumber(count)} of ${formatCount(images, 'photo')}`;
    return [
      isIndexing ? `${found} so far` : found,
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
    if (this.#address.query !== '' && (hasFinished || hasFirst) && !this.#viewer.isOpen) void this.#search();
    else this.#render();
  }

  async #showPhoto(id: number | null): Promise<void> {
    if (id === null) {
      const wasOpen = this.#viewer.isOpen;
      this.#viewer.hide();
      if (wasOpen && this.#lastViewed !== null) linkOf(this.#list, this.#lastViewed)?.focus();
      return;
    }
    this.#lastViewed = id;
    const index = this.#hits.findIndex((hit) => hit.id === id);
    const hit = this.#hits[index];
    const count = this.#hits.length;
    if (hit !== undefined) {
      const score = formatScore(hit.score, hit.pMatch);
      this.#viewer.show({ photo: hit.image, rank: index + 1, count, score });
      this.#preload(index);
      return;
    }
    const address = this.#address;
    try {
      const photo = await readPhoto(id);
      if (this.#address === address) this.#viewer.show({ photo, rank: 0, count: 0, score: null });
    } catch {
      // A link to a photo that is gone leads to the list it was in.
      if (this.#address === address) this.#closePhoto();
    }
  }

  /** The neighbours of the photo, so that a step shows them at once. */
  #preload(index: number): void {
    for (const neighbour of [this.#hits[index + 1], this.#hits[index - 1]]) {
      if (neighbour !== undefined) new Image().src = neighbour.image.preview;
    }
  }

  #step(step: number): void {
    const index = this.#hits.findIndex((hit) => hit.id === this.#address.photo);
    if (index >= 0) this.#openHit(this.#hits[index + step]);
  }

  #openHit(hit: Hit | undefined): void {
    if (hit === undefined || !this.#hits.some(({ id }) => id === this.#address.photo)) return;
    const address = { ...this.#address, photo: hit.id };
    history.replaceState(history.state, '', formatAddress(address));
    void this.#apply(address);
  }

  #closePhoto(): void {
    if ((history.state as HistoryState | null)?.isOpenedHere === true) {
      history.back();
      return;
    }
    const address = { ...this.#address, photo: null };
    history.replaceState(null, '', formatAddress(address));
    void this.#apply(address);
  }
}
