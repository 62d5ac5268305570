/**
 * The index of one generation in memory: opened from its snapshot, brought up to date from the database, and closed
 * when the last search that uses it has ended.
 * Source: DESIGN, "Truth and derivation". Deviation: none.
 */
import path from 'node:path';
import { messageOf } from '../../model/index.ts';
import type { Generation, Store } from '../store/index.ts';
import { HnswIndex, isUnit, type VectorIndex } from '../vectors/index.ts';

/** A generation and its index, which belong together: read at once they are of one moment. */
export interface Searchable {
  readonly generation: Generation;
  /** By content id. */
  readonly vectors: VectorIndex;
}

export interface GenerationIndexOptions {
  /** of the library, absolute */
  readonly dataFolder: string;
  readonly mode: 'write' | 'read';
  readonly store: Store;
  readonly onNotice: (notice: string) => void;
}

/** Changes that are read from the database at once: 256 vectors of 1024 floats are a megabyte. */
const CHANGES_PER_PAGE = 256;

/** A snapshot is written after so many changes: half a minute of insertions at most is repeated after a crash. */
const CHANGES_PER_SNAPSHOT = 20_000;

/** Of the snapshots of one generation. */
export function indexFolder(dataFolder: string, generationId: number): string {
  return path.join(dataFolder, 'vectors', `generation-${generationId}`);
}

export class GenerationIndex implements Searchable {
  readonly vectors: VectorIndex;
  readonly #options: GenerationIndexOptions;
  #generation: Generation;
  #catchingUp: Promise<void> | undefined;
  #changesUnsaved = 0;
  /** Searches under way, and who waits for their end. */
  #holds = 0;
  #onIdle: (() => void) | undefined;

  private constructor(generation: Generation, vectors: VectorIndex, options: GenerationIndexOptions) {
    this.#generation = generation;
    this.vectors = vectors;
    this.#options = options;
  }

  /** Opened and up to date. @throws AppError LIBRARY_CORRUPT */
  static async open(generation: Generation, options: GenerationIndexOptions): Promise<GenerationIndex> {
    const { dataFolder, store, mode, onNotice } = options;
    const vectors = await HnswIndex.open({
      folder: indexFolder(dataFolder, generation.id),
      libraryId: store.libraryId,
      generationId: generation.id,
      dimension: generation.dimension,
      readOnly: mode === 'read',
      onNotice,
    });
    const index = new GenerationIndex(generation, vectors, options);
    try {
      await index.#bringUpToDate();
      return index;
    } catch (error) {
      await vectors.close().catch(() => undefined);
      throw error;
    }
  }

  get generation(): Generation {
    return this.#generation;
  }

  /** Whether everything that is committed is in the index. */
  get isUpToDate(): boolean {
    return this.#options.store.vectors.summary(this.#generation.id).sequence <= this.vectors.sequence;
  }

  /** The row of the generation has changed. */
  renew(generation: Generation): void {
    this.#generation = generation;
  }

  /** Brings everything that is committed into the index. */
  async catchUp(): Promise<void> {
    // Whoever comes while it runs may have committed after its last look.
    await this.#catchingUp;
    this.#catchingUp ??= this.#applyChanges().finally(() => {
      this.#catchingUp = undefined;
    });
    await this.#catchingUp;
  }

  /** Writes the snapshot. A failure is a notice: the snapshot is a convenience. */
  async save(): Promise<void> {
    try {
      await this.vectors.save();
      this.#changesUnsaved = 0;
    } catch (error) {
      this.#options.onNotice(messageOf(error));
    }
  }

  /** Runs `work` on this index, which stays open until it ends. */
  async hold<T>(work: (searchable: Searchable) => Promise<T>): Promise<T> {
    this.#holds += 1;
    try {
      return await work({ generation: this.#generation, vectors: this.vectors });
    } finally {
      this.#holds -= 1;
      if (this.#holds === 0) this.#onIdle?.();
    }
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
    await this.#catchingUp?.catch(() => undefined);
    if (this.#options.mode === 'write') await this.save();
    await this.vectors.close();
  }

  async #bringUpToDate(): Promise<void> {
    const { dataFolder, store, onNotice } = this.#options;
    const { count, sequence } = store.vectors.summary(this.#generation.id);
    if (this.vectors.sequence > sequence) {
      onNotice(
        `${dataFolder}: the index knows more than the database, which was restored from a backup or replaced; the index is built again`,
      );
      await this.vectors.clear();
    } else if (this.vectors.sequence === 0 && count > 0) {
      onNotice(`${dataFolder}: the index of ${count} photos is built from the database`);
    }
    await this.catchUp();
    const now = store.vectors.summary(this.#generation.id);
    if (now.sequence === this.vectors.sequence && now.count !== this.vectors.size) {
      onNotice(
        `${dataFolder}: the index holds ${this.vectors.size} vectors, the database ${now.count}; the index is built again`,
      );
      await this.vectors.clear();
      await this.catchUp();
    }
  }

  /** One vector that a bad block has changed must not keep all others from being searched. */
  #dropDamaged(contentIds: readonly number[]): void {
    if (contentIds.length === 0) return;
    const { dataFolder, store, mode, onNotice } = this.#options;
    if (mode === 'write') store.vectors.drop(this.#generation.id, contentIds);
    onNotice(
      `${dataFolder}: ${contentIds.length} vectors in the database are damaged, and their photos are not found; run "imglish index" to make them again, and check the disk`,
    );
  }

  async #applyChanges(): Promise<void> {
    const { id, dimension } = this.#generation;
    for (;;) {
      const changes = this.#options.store.vectors.since(
        id,
        this.vectors.sequence,
        CHANGES_PER_PAGE,
        dimension,
      );
      const last = changes.at(-1);
      if (last === undefined) return;
      await this.vectors.remove(
        changes.filter(({ vector }) => vector === null).map(({ contentId }) => contentId),
      );
      const entries = changes.flatMap(({ contentId, vector }) =>
        vector === null ? [] : [{ id: contentId, vector }],
      );
      await this.vectors.add(entries.filter(({ vector }) => isUnit(vector)));
      this.#dropDamaged(
        entries.filter(({ vector }) => !isUnit(vector)).map(({ id: contentId }) => contentId),
      );
      this.vectors.advance(last.sequence);
      this.#changesUnsaved += changes.length;
      if (this.#changesUnsaved >= CHANGES_PER_SNAPSHOT) await this.save();
    }
  }
}
