/**
 * Opens the data folder: database, lock, and the index of the generation that is searched.
 * Source: DESIGN, "Truth and derivation". Deviation: none.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, messageOf, preprocessVersion } from '../model/index.ts';
import { LibraryLock, Store, type Generation, type GenerationKey } from './store/index.ts';
import { HnswIndex, type VectorIndex } from './vectors/index.ts';

/** What a library must know of a model; an `Embedder` is one. */
export interface ModelIdentity {
  readonly name: string;
  /** Hash of everything that decides what a vector is. */
  readonly identity: string;
  /** D, floats per vector */
  readonly dimension: number;
}

export interface LibraryOptions {
  /** absolute */
  readonly dataFolder: string;
  /** `write` takes the lock; `read` works beside a writer and follows what it commits. */
  readonly mode: 'write' | 'read';
  readonly model: ModelIdentity;
  /** Told of what a person should know, such as an index that is built again. */
  readonly onNotice?: (notice: string) => void;
}

export interface LibraryStats {
  readonly images: number;
  /** files that could not be indexed */
  readonly skipped: number;
  /** absolute paths of the indexed folders and files */
  readonly roots: readonly string[];
  /** of the photo files */
  readonly bytes: number;
  readonly databaseBytes: number;
  /** different contents that a search can find */
  readonly vectors: number;
}

/** Changes that are read from the database at once: 256 vectors of 1024 floats are a megabyte. */
const CHANGES_PER_PAGE = 256;

/** A snapshot is written after so many changes: half a minute of insertions at most is repeated after a crash. */
const CHANGES_PER_SNAPSHOT = 20_000;

/** A search waits so long for what the writer has just committed, then goes ahead without the rest. */
const FOLLOW_WAIT_MS = 250;

export class Library {
  readonly dataFolder: string;
  readonly mode: 'write' | 'read';
  readonly generation: Generation;
  readonly store: Store;
  /** Of the active generation, by content id. */
  readonly vectors: VectorIndex;
  readonly #lock: LibraryLock | undefined;
  readonly #onNotice: (notice: string) => void;
  #catchingUp: Promise<void> | undefined;
  #changesUnsaved = 0;
  #closing: Promise<void> | undefined;

  private constructor(options: LibraryOptions, parts: Parts) {
    this.dataFolder = options.dataFolder;
    this.mode = options.mode;
    this.generation = parts.generation;
    this.store = parts.store;
    this.vectors = parts.vectors;
    this.#lock = parts.lock;
    this.#onNotice = options.onNotice ?? (() => undefined);
  }

  /**
   * Write mode makes what is missing. With another model than before it starts a new generation, and keeps
   * the vectors of the old one for the way back.
   * @throws AppError NOT_FOUND (read mode, no library), LIBRARY_LOCKED, LIBRARY_CORRUPT, LIBRARY_MISMATCH
   *   (read mode, another model), FILE_UNREADABLE, DISK_FULL
   */
  static async open(options: LibraryOptions): Promise<Library> {
    const parts = await openParts(options);
    const library = new Library(options, parts);
    try {
      await library.#bringUpToDate();
      return library;
    } catch (error) {
      await library.close().catch(() => undefined);
      throw error;
    }
  }

  stats(): LibraryStats {
    const { images, bytes, skipped } = this.store.totals();
    const roots = this.store.roots.all().map((root) => root.path);
    const databaseBytes = this.store.databaseBytes();
    return { images, skipped, roots, bytes, databaseBytes, vectors: this.vectors.size };
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

  /** The same, but not longer than a person wants to wait for a search; the rest goes on meanwhile. */
  async follow(): Promise<void> {
    const running = this.catchUp();
    const timeout = new AbortController();
    try {
      await Promise.race([running, delay(FOLLOW_WAIT_MS, undefined, { signal: timeout.signal })]);
    } finally {
      timeout.abort();
      // A failure that comes later is met again by the next search.
      running.catch(() => undefined);
    }
  }

  /** Writes the snapshot of the index. A failure is a notice: the snapshot is a convenience. */
  async saveIndex(): Promise<void> {
    try {
      await this.vectors.save();
      this.#changesUnsaved = 0;
    } catch (error) {
      this.#onNotice(messageOf(error));
    }
  }

  /** Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#catchingUp?.catch(() => undefined);
    if (this.mode === 'write') await this.saveIndex();
    await this.vectors.close();
    this.store.close();
    this.#lock?.release();
  }

  async #bringUpToDate(): Promise<void> {
    const { count, sequence } = this.store.vectors.summary(this.generation.id);
    if (this.vectors.sequence > sequence) {
      this.#onNotice(
        `${this.dataFolder}: the index knows more than the database, which was restored from a backup or replaced; the index is built again`,
      );
      await this.vectors.clear();
    } else if (this.vectors.sequence === 0 && count > 0) {
      this.#onNotice(`${this.dataFolder}: the index of ${count} photos is built from the database`);
    }
    await this.catchUp();
    const now = this.store.vectors.summary(this.generation.id);
    if (now.sequence === this.vectors.sequence && now.count !== this.vectors.size) {
      this.#onNotice(
        `${this.dataFolder}: the index holds ${this.vectors.size} vectors, the database ${now.count}; the index is built again`,
      );
      await this.vectors.clear();
      await this.catchUp();
    }
  }

  async #applyChanges(): Promise<void> {
    const { id, dimension } = this.generation;
    for (;;) {
      const changes = this.store.vectors.since(id, this.vectors.sequence, CHANGES_PER_PAGE, dimension);
      const last = changes.at(-1);
      if (last === undefined) return;
      await this.vectors.remove(
        changes.filter(({ vector }) => vector === null).map(({ contentId }) => contentId),
      );
      await this.vectors.add(
        changes.flatMap(({ contentId, vector }) => (vector === null ? [] : [{ id: contentId, vector }])),
      );
      this.vectors.advance(last.sequence);
      this.#changesUnsaved += changes.length;
      if (this.#changesUnsaved >= CHANGES_PER_SNAPSHOT) await this.saveIndex();
    }
  }
}

interface Parts {
  readonly lock: LibraryLock | undefined;
  readonly store: Store;
  readonly generation: Generation;
  readonly vectors: VectorIndex;
}

async function openParts(options: LibraryOptions): Promise<Parts> {
  const { dataFolder, mode } = options;
  if (mode === 'write') await makeFolder(dataFolder);
  const lock = mode === 'write' ? LibraryLock.acquire(path.join(dataFolder, 'library.lock')) : undefined;
  let store: Store | undefined;
  try {
    store = Store.open(path.join(dataFolder, 'library.sqlite'), mode);
    const generation = chooseGeneration(store, options);
    const vectors = await HnswIndex.open({
      folder: path.join(dataFolder, 'vectors', `generation-${generation.id}`),
      libraryId: store.libraryId,
      generationId: generation.id,
      dimension: generation.dimension,
      readOnly: mode === 'read',
      onNotice: options.onNotice ?? (() => undefined),
    });
    return { lock, store, generation, vectors };
  } catch (error) {
    store?.close();
    lock?.release();
    throw error;
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${folder}: cannot be made (${messageOf(error)}), expected a folder for the library; choose another one with --data`,
      { cause: error },
    );
  }
}

function chooseGeneration(store: Store, { dataFolder, mode, model, onNotice }: LibraryOptions): Generation {
  const key: GenerationKey = {
    modelName: model.name,
    modelIdentity: model.identity,
    preprocessVersion,
    dimension: model.dimension,
  };
  const active = store.generations.active();
  const wanted = store.generations.find(key);
  if (active !== undefined && active.id === wanted?.id) return active;
  if (mode === 'read') {
    if (active === undefined) {
      throw new AppError('NOT_FOUND', `${dataFolder}: nothing is indexed yet; run "imglish index <folder>"`);
    }
    throw new AppError(
      'LIBRARY_MISMATCH',
      `${dataFolder}: indexed with model "${active.modelName}" (${active.modelIdentity.slice(0, 12)}), expected "${model.name}" (${model.identity.slice(0, 12)}); index again with this model, or choose the old one with --model`,
    );
  }
  const generation = store.generations.activate(key);
  const missing = store.vectors.missing(generation.id);
  if (active !== undefined && missing > 0) {
    onNotice?.(
      `${dataFolder}: was indexed with model "${active.modelName}", now "${model.name}"; ${missing} photos are found only after they are indexed again with "imglish index". The old vectors are kept`,
    );
  }
  return generation;
}
