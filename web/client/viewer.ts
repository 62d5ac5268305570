/**
 * One photo as large as the window, with the keys and buttons to the next one.
 * Source: the dialog element of HTML. Deviation: none.
 */
import type { Photo } from './api.ts';
import { byId } from './element.ts';
import { formatBytes, formatDate, formatNumber } from './format.ts';

/** What the viewer shows a photo with. */
export interface Viewed {
  readonly photo: Photo;
  /** Of this photo among all that can be stepped through; 0 where it stands alone. */
  readonly rank: number;
  readonly count: number;
  readonly score: string | null;
  /** What it is to the photos it is looked at with: `exact copy`; '' for nothing. */
  readonly relation: string;
}

/** What the reader asks of the page; the page answers with `show` or `hide`. */
export interface ViewerEvents {
  readonly onStep: (step: number) => void;
  readonly onEdge: (edge: 'first' | 'last') => void;
  readonly onClose: () => void;
}

export class Viewer {
  readonly #dialog = byId('viewer', HTMLDialogElement);
  readonly #image = byId('viewer-image', HTMLImageElement);
  readonly #name = byId('viewer-name', HTMLHeadingElement);
  readonly #facts = byId('viewer-facts', HTMLParagraphElement);
  readonly #original = byId('viewer-original', HTMLAnchorElement);
  readonly #previous = byId('viewer-previous', HTMLButtonElement);
  readonly #next = byId('viewer-next', HTMLButtonElement);
  readonly #events: ViewerEvents;

  constructor(events: ViewerEvents) {
    this.#events = events;
    this.#previous.addEventListener('click', () => events.onStep(-1));
    this.#next.addEventListener('click', () => events.onStep(1));
    byId('viewer-close', HTMLButtonElement).addEventListener('click', () => events.onClose());
    this.#dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      events.onClose();
    });
    this.#dialog.addEventListener('click', (event) => {
      const stage = event.target instanceof HTMLElement && event.target.classList.contains('viewer-stage');
      if (stage) events.onClose();
    });
    this.#dialog.addEventListener('keydown', (event) => this.#onKey(event));
    this.#image.addEventListener('error', () => {
      this.#facts.textContent = 'This photo cannot be shown; its file may have been moved or removed.';
    });
  }

  show({ photo, rank, count, score, relation }: Viewed): void {
    const image = this.#image;
    // The old photo must not stand under the new name while the new one loads.
    image.removeAttribute('src');
    image.style.setProperty('--ratio', (photo.width / photo.height).toFixed(4));
    image.style.setProperty('--width', `${photo.width}px`);
    image.style.backgroundImage = `url("${photo.thumbnail}")`;
    image.alt = `${photo.fileName} in ${photo.folder}`;
    image.src = photo.preview;
    this.#name.textContent = photo.fileName;
    this.#facts.textContent = factsOf({ photo, rank, count, score, relation });
    this.#original.href = photo.original;
    this.#previous.disabled = rank <= 1;
    this.#next.disabled = rank === 0 || rank >= count;
    if (!this.#dialog.open) {
      this.#dialog.showModal();
      byId('viewer-close', HTMLButtonElement).focus();
    } else if (document.activeElement === document.body || document.activeElement === null) {
      // A button that became useless has lost the focus.
      this.#dialog.focus();
    }
  }

  hide(): void {
    if (this.#dialog.open) this.#dialog.close();
    this.#image.removeAttribute('src');
  }

  get isOpen(): boolean {
    return this.#dialog.open;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#events.onStep(-1),
      ArrowRight: () => this.#events.onStep(1),
      Home: () => this.#events.onEdge('first'),
      End: () => this.#events.onEdge('last'),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}

function factsOf({ photo, rank, count, score, relation }: Viewed): string {
  return [
    photo.folder,
    formatDate(photo.takenAt),
    `${formatNumber(photo.width)} × ${formatNumber(photo.height)}`,
    formatBytes(photo.bytes),
    relation,
    score === null ? '' : `score ${score}`,
    rank === 0 ? '' : `${formatNumber(rank)} of ${formatNumber(count)}`,
  ]
    .filter((fact) => fact !== '')
    .join(' · ');
}
