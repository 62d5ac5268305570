/**
 * Follows the library: how many photos it has, and how far indexing is.
 * Source: our own. Deviation: none.
 */
import { readLibrary, type LibraryAnswer } from './api.ts';
import { byId } from './element.ts';
import { formatCount, formatNumber, formatRemaining } from './format.ts';

const BUSY_INTERVAL_MS = 1000;
const IDLE_INTERVAL_MS = 15_000;

export class LibraryWatch {
  readonly #card = byId('indexing', HTMLElement);
  readonly #text = byId('indexing-text', HTMLParagraphElement);
  readonly #bar = byId('indexing-bar', HTMLProgressElement);
  readonly #onChange: (now: LibraryAnswer, before: LibraryAnswer | null) => void;
  #latest: LibraryAnswer | null = null;

  /** @param onChange called after the first answer and after each one that says something new */
  constructor(onChange: (now: LibraryAnswer, before: LibraryAnswer | null) => void) {
    this.#onChange = onChange;
  }

  get latest(): LibraryAnswer | null {
    return this.#latest;
  }

  /** Asks now, and again for as long as the page is there. */
  async start(): Promise<void> {
    for (;;) {
      // A page that nobody looks at need not know.
      if (!document.hidden) await this.#ask();
      const isBusy = this.#latest?.indexing.state === 'indexing';
      await new Promise((resolve) => {
        setTimeout(resolve, isBusy ? BUSY_INTERVAL_MS : IDLE_INTERVAL_MS);
        if (document.hidden) document.addEventListener('visibilitychange', resolve, { once: true });
      });
    }
  }

  async #ask(): Promise<void> {
    let now: LibraryAnswer;
    try {
      now = await readLibrary();
    } catch {
      // A search will say it in words; asking again is all there is to do here.
      return;
    }
    const before = this.#latest;
    this.#latest = now;
    this.#show(now);
    if (JSON.stringify(now) !== JSON.stringify(before)) this.#onChange(now, before);
  }

  #show({ indexing }: LibraryAnswer): void {
    this.#card.hidden = indexing.state === 'idle';
    if (indexing.state === 'idle') return;
    this.#bar.hidden = indexing.state === 'failed';
    this.#text.textContent = indexingText(indexing);
    const { progress } = indexing;
    if (progress === null || progress.phase === 'scanning' || progress.found === 0) {
      this.#bar.removeAttribute('value');
    } else {
      this.#bar.value = progress.done / progress.found;
    }
  }
}

/** For example "Indexing 1,240 of 8,000 photos · 35 per second · about 3 minutes left". */
export function indexingText({ state, progress, message }: LibraryAnswer['indexing']): string {
  if (state === 'failed') return `Indexing stopped: ${message ?? 'the terminal says why'}`;
  if (progress === null) return message ?? 'Indexing begins';
  if (progress.phase === 'scanning') return `Looking for photos: ${formatNumber(progress.found)} found`;
  return [
    `Indexing ${formatNumber(progress.done)} of ${formatCount(progress.found, 'photo')}`,
    progress.photosPerSecond > 0 ? `${formatRate(progress.photosPerSecond)} per second` : '',
    progress.etaSeconds === null ? '' : `${formatRemaining(progress.etaSeconds)} left`,
    progress.skipped > 0 ? `${formatNumber(progress.skipped)} skipped` : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function formatRate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : formatNumber(Math.round(perSecond));
}
