/**
 * The index of the vectors of one kind (photos or texts) in one generation: opened from its snapshot, brought up to
 * date from the database, built again where it does not fit.
 * Source: DESIGN, "Truth and derivation". Deviation: none.
 */
import path from 'node:path';
import { messageOf } from '../../model/index.ts';
import type { Corpus, Generation, Store } from '../store/index.ts';
import { HnswIndex, isUnit, type VectorIndex } from '../vectors/index.ts';
import { vectorLog, type VectorLog } from './vector-log.ts';

export interface CorpusIndexOptions {
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

/** How messages speak of the two kinds. */
const words = {
  photos: { index: 'the index', things: 'photos', again: 'imglish index' },
  texts: { index: 'the index of texts', things: 'texts', again: 'imglish texts embed' },
} as const satisfies Record<Corpus, object>;

/** Of all snapshots of one generation; those of texts have a folder of their own in it. */
export function indexFolder(dataFolder: string, generationId: number, corpus: Corpus = 'photos'): string {
  const folder = path.join(dataFolder, 'vectors', `generation-${generationId}`);
  return corpus === 'photos' ? folder : path.join(folder, 'texts');
}

export class CorpusIndex {
  readonly vectors: VectorIndex;
  readonly #generation: Generation;
  readonly #log: VectorLog;
  readonly #options: CorpusIndexOptions;
  #catchingUp: Promise<void> | undefined;
  #changesUnsaved = 0;

  private constructor(
    generation: Generation,
    log: VectorLog,
    vectors: VectorIndex,
    options: CorpusIndexOptions,
  ) {
    this.#generation = generation;
    this.#log = log;
    this.vectors = vectors;
    this.#options = options;
  }

  /** Opened and up to date. @throws AppError LIBRARY_CORRUPT */
  static async open(
    corpus: Corpus,
    generation: Generation,
    options: CorpusIndexOptions,
  ): Promise<CorpusIndex> {
    const { dataFolder, store, mode, onNotice } = options;
    const vectors = await HnswIndex.open({
      folder: indexFolder(dataFolder, generation.id, corpus),
      libraryId: store.libraryId,
      generationId: generation.id,
      dimension: generation.dimension,
      readOnly: mode === 'read',
      onNotice,
    });
    const index = new CorpusIndex(generation, vectorLog(store, corpus), vectors, options);
    try {
      await index.#bringUpToDate();
      return index;
    } catch (error) {
      await vectors.close().catch(() => undefined);
      throw error;
    }
  }

  /** Whether everything that is committed is in the index. */
  get isUpToDate(): boolean {
    return this.#log.summary(this.#generation.id).sequence <= this.vectors.sequence;
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

  /** Saves in write mode. Safe to call twice. */
  async close(): Promise<void> {
    await this.#catchingUp?.catch(() => undefined);
    if (this.#options.mode === 'write') await this.save();
    await this.vectors.close();
  }

  async #bringUpToDate(): Promise<void> {
    const { index, things } = words[this.#log.corpus];
    const { count, sequence } = this.#log.summary(this.#generation.id);
    if (this.vectors.sequence > sequence) {
      this.#notice(
        `${index} knows more than the database, which was restored from a backup or replaced; the index is built again`,
      );
      await this.vectors.clear();
    } else if (this.vectors.sequence === 0 && count > 0) {
      this.#notice(`the index of ${count} ${things} is built from the database`);
    }
    await this.catchUp();
    const now = this.#log.summary(this.#generation.id);
    if (now.sequence === this.vectors.sequence && now.count !== this.vectors.size) {
      this.#notice(
        `${index} holds ${this.vectors.size} vectors, the database ${now.count}; the index is built again`,
      );
      await this.vectors.clear();
      await this.catchUp();
    }
  }

  /** One vector that a bad block has changed must not keep all others from being searched. */
  #dropDamaged(ids: readonly number[]): void {
    if (ids.length === 0) return;
    const { things, again } = words[this.#log.corpus];
    if (this.#options.mode === 'write') this.#log.drop(this.#generation.id, ids);
    this.#notice(
      `${ids.length} vectors in the database are damaged, and their ${things} are not found; run "${again}" to make them again, and check the disk`,
    );
  }

  #notice(text: string): void {
    this.#options.onNotice(`${this.#options.dataFolder}: ${text}`);
  }

  async #applyChanges(): Promise<void> {
    const { id: generationId, dimension } = this.#generation;
    for (;;) {
      const changes = this.#log.since(generationId, this.vectors.sequence, CHANGES_PER_PAGE, dimension);
      const last = changes.at(-1);
      if (last === undefined) return;
      await this.vectors.remove(changes.filter(({ vector }) => vector === null).map(({ id }) => id));
      const entries = changes.flatMap(({ id, vector }) => (vector === null ? [] : [{ id, vector }]));
      await this.vectors.add(entries.filter(({ vector }) => isUnit(vector)));
      this.#dropDamaged(entries.filter(({ vector }) => !isUnit(vector)).map(({ id }) => id));
      this.vectors.advance(last.sequence);
      this.#changesUnsaved += changes.length;
      if (this.#changesUnsaved >= CHANGES_PER_SNAPSHOT) await this.save();
    }
  }
}
