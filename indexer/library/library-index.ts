/**
 * The index of one generation in memory, which is two: that of its photos, always open, and that of its texts, opened
 * by the first search that needs it. Both are closed when the last search that uses them has ended.
 * Source: DESIGN, "Truth and derivation". Deviation: none.
 */
import type { Generation } from '../store/index.ts';
import type { VectorIndex } from '../vectors/index.ts';
import { atMost } from './at-most.ts';
import { CorpusIndex, type CorpusIndexOptions } from './corpus-index.ts';
import { OnDemand } from './on-demand.ts';

/** A generation and its index, which belong together: read at once they are of one moment. */
export interface Searchable {
  readonly generation: Generation;
  /** By content id. */
  readonly vectors: VectorIndex;
  /**
   * Runs `work` on the index of the texts, by text id. The first time it is opened, which for a large corpus without a
   * snapshot takes as long as building it; then it stays open for some minutes after its last use.
   */
  readonly searchTexts: <T>(work: (texts: VectorIndex) => Promise<T>) => Promise<T>;
}

/** A search waits so long for what the writer has just committed, then goes ahead without the rest. */
export const FOLLOW_WAIT_MS = 250;

/** Memory for texts that nobody looks up any more is given back after this. */
const TEXTS_IDLE_MS = 300_000;

export class GenerationIndex implements Searchable {
  readonly #photos: CorpusIndex;
  readonly #texts: OnDemand<CorpusIndex>;
  #generation: Generation;
  /** Searches under way, and who waits for their end. */
  #holds = 0;
  #onIdle: (() => void) | undefined;

  private constructor(generation: Generation, photos: CorpusIndex, options: CorpusIndexOptions) {
    this.#generation = generation;
    this.#photos = photos;
    this.#texts = new OnDemand(() => CorpusIndex.open('texts', generation, options), {
      idleMs: TEXTS_IDLE_MS,
    });
  }

  /** Opened and up to date. @throws AppError LIBRARY_CORRUPT */
  static async open(generation: Generation, options: CorpusIndexOptions): Promise<GenerationIndex> {
    const photos = await CorpusIndex.open('photos', generation, options);
    return new GenerationIndex(generation, photos, options);
  }

  get generation(): Generation {
    return this.#generation;
  }

  get vectors(): VectorIndex {
    return this.#photos.vectors;
  }

  /** Whether everything that is committed is in the index of the photos. */
  get isUpToDate(): boolean {
    return this.#photos.isUpToDate;
  }

  /** The row of the generation has changed. */
  renew(generation: Generation): void {
    this.#generation = generation;
  }

  /** Brings every photo that is committed into the index. Texts follow when they are searched. */
  async catchUp(): Promise<void> {
    await this.#photos.catchUp();
  }

  async searchTexts<T>(work: (texts: VectorIndex) => Promise<T>): Promise<T> {
    return this.#texts.use(async (texts) => {
      await atMost(FOLLOW_WAIT_MS, texts.catchUp());
      return work(texts.vectors);
    });
  }

  /** Brings every text that is committed into its index, and writes the snapshot. */
  async saveTexts(): Promise<void> {
    await this.#texts.use(async (texts) => {
      await texts.catchUp();
      await texts.save();
    });
  }

  /** Writes the snapshots of what is open. A failure is a notice: the snapshot is a convenience. */
  async save(): Promise<void> {
    await this.#photos.save();
    if (this.#texts.isOpen) await this.#texts.use((texts) => texts.save());
  }

  /** Runs `work` on this index, which stays open until it ends. */
  async hold<T>(work: (searchable: Searchable) => Promise<T>): Promise<T> {
    this.#holds += 1;
    try {
      return await work(this.searchable);
    } finally {
      this.#holds -= 1;
      if (this.#holds === 0) this.#onIdle?.();
    }
  }

  /** Of this moment: the row may be renewed. */
  get searchable(): Searchable {
    return {
      generation: this.#generation,
      vectors: this.vectors,
      searchTexts: (work) => this.searchTexts(work),
    };
  }

  /** Another index has taken its place: closes it when the searches under way have ended. */
  async retire(): Promise<void> {
    if (this.#holds > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.close();
  }

  /** Saves in write mode. Safe to call twice. */
  async close(): Promise<void> {
    await this.#photos.close();
    await this.#texts.close();
  }
}
