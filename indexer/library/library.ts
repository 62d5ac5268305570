/**
 * Opens the data folder: database, lock, and the index of the generation that is searched; switches to another one.
 * Source: DESIGN, "Truth and derivation". Deviation: none.
 *
 * A library opens on its active generation, whatever model the caller has. A caller with another model builds a
 * generation of its own beside it (`generationFor`), and searches go on with the active one until `switchTo`.
 */
import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { AppError, messageOf, preprocessVersion } from '../../model/index.ts';
import { atMost } from './at-most.ts';
import { indexFolder } from './corpus-index.ts';
import { FacetCounter, Inquirer } from '../inquiry/index.ts';
import { FOLLOW_WAIT_MS, GenerationIndex, type Searchable } from './library-index.ts';
import {
  LibraryLock,
  peekActive,
  Store,
  type Completeness,
  type Generation,
  type GenerationKey,
} from '../store/index.ts';
import type { VectorIndex } from '../vectors/index.ts';

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
  /**
   * Write mode: what a new library starts with; an older one opens with the model it has. Read mode: the model that
   * the caller will search with, which must be that of the library. Left out, any library will do, but a new one
   * cannot be made.
   */
  readonly model?: ModelIdentity;
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

/** What became of a generation that was to be searched if nothing is missing. */
export interface Activation extends Completeness {
  readonly isActive: boolean;
}

/** Commits that come while an index is made ready are caught up with so often; the rest comes after the switch. */
const CATCH_UP_ROUNDS_MAX = 8;

export class Library {
  readonly dataFolder: string;
  readonly mode: 'write' | 'read';
  readonly store: Store;
  /** Questions about the whole library; see inquiry/. */
  readonly inquirer: Inquirer;
  readonly facets: FacetCounter;
  readonly #lock: LibraryLock | undefined;
  readonly #onNotice: (notice: string) => void;
  #index: GenerationIndex;
  /** Switches, one after the other. */
  #switching: Promise<unknown> = Promise.resolve();
  /** Of a reader, which follows the switch of another process. */
  #entering: Promise<void> | undefined;
  /** Indexes that searches still use, or that are being saved. */
  readonly #retiring = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  private constructor(options: LibraryOptions, parts: Parts) {
    this.dataFolder = options.dataFolder;
    this.mode = options.mode;
    this.store = parts.store;
    this.inquirer = new Inquirer(parts.store);
    this.facets = new FacetCounter(this.inquirer, () => parts.store.version());
    this.#index = parts.index;
    this.#lock = parts.lock;
    this.#onNotice = options.onNotice ?? (() => undefined);
  }

  /**
   * Write mode makes what is missing.
   * @throws AppError NOT_FOUND (no library, or nothing in it), LIBRARY_LOCKED, LIBRARY_CORRUPT, LIBRARY_MISMATCH
   *   (read mode, another model), FILE_UNREADABLE, DISK_FULL
   */
  static async open(options: LibraryOptions): Promise<Library> {
    return new Library(options, await openParts(options));
  }

  /**
   * The generation that a library is searched with, without opening it; undefined where there is nothing yet. What is
   * wrong with a library is told when it is opened.
   */
  static peek(dataFolder: string): Generation | undefined {
    return peekActive(path.join(dataFolder, 'library.sqlite'));
  }

  /** The one that is searched. */
  get generation(): Generation {
    return this.#index.generation;
  }

  /** Of the active generation, by content id. Another one after a switch: do not keep it, see `search`. */
  get vectors(): VectorIndex {
    return this.#index.vectors;
  }

  /** Both of one moment. For what is done with them at once; across an `await` use `search`. */
  get searchable(): Searchable {
    return this.#index.searchable;
  }

  /** Runs `work` on the generation that is active now; its index stays open until the end, switch or not. */
  search<T>(work: (searchable: Searchable) => Promise<T>): Promise<T> {
    return this.#index.hold(work);
  }

  stats(): LibraryStats {
    const { images, bytes, skipped } = this.store.totals();
    const roots = this.store.roots.all().map((root) => root.path);
    const databaseBytes = this.store.databaseBytes();
    return { images, skipped, roots, bytes, databaseBytes, vectors: this.vectors.size };
  }

  /** The generation of a model, if the library has one. */
  findGeneration(model: ModelIdentity): Generation | undefined {
    return this.store.generations.find(keyOf(model));
  }

  /**
   * The generation that vectors of this model belong to, for writing; made where there is none. It is searched only
   * where the model is that of the library, else after `activateIfComplete` or `switchTo`.
   * @throws AppError INVALID_ARGUMENT in read mode
   */
  generationFor(model: ModelIdentity): Generation {
    this.checkWritable();
    return ensureGeneration(this.store, this.dataFolder, model);
  }

  /** @throws AppError NOT_FOUND */
  completeness(generationId: number): Completeness {
    return this.store.generations.completeness(this.store.generations.get(generationId).id);
  }

  /**
   * Makes this generation the one that is searched if it can find every photo.
   * @throws AppError NOT_FOUND, INVALID_ARGUMENT in read mode, LIBRARY_CORRUPT, DISK_FULL
   */
  async activateIfComplete(generationId: number): Promise<Activation> {
    this.checkWritable();
    if (this.completeness(generationId).missing === 0) {
      await this.#inTurn(() => this.#switch(generationId, { ifComplete: true }));
    }
    return { ...this.completeness(generationId), isActive: this.generation.id === generationId };
  }

  /**
   * Makes this generation the one that is searched, whatever it lacks; the one before is kept for the way back.
   * Searches under way end on the old one, later ones find the new one; none fails, none sees both.
   * @throws AppError NOT_FOUND, INVALID_ARGUMENT in read mode, LIBRARY_CORRUPT, DISK_FULL
   */
  async switchTo(generationId: number): Promise<void> {
    this.checkWritable();
    await this.#inTurn(() => this.#switch(generationId, { ifComplete: false }));
  }

  /** Waits until the index of no other generation than the active one is open. */
  async settled(): Promise<void> {
    await this.#switching;
    await Promise.all(this.#retiring);
  }

  /** Brings everything that is committed into the index. */
  catchUp(): Promise<void> {
    return this.#index.catchUp();
  }

  /**
   * The same, but not longer than a person wants to wait for a search; the rest goes on meanwhile. A reader also
   * follows when the writer has switched to another generation.
   */
  async follow(): Promise<void> {
    await atMost(FOLLOW_WAIT_MS, this.#followWriter());
  }

  /** Writes the snapshots of the index. A failure is a notice: the snapshot is a convenience. */
  saveIndex(): Promise<void> {
    return this.#index.save();
  }

  /**
   * Brings the index of texts up to date and writes its snapshot, so that a reader need not build it. For the writer,
   * after texts got their vectors.
   */
  async saveTexts(): Promise<void> {
    if (this.mode === 'read') return;
    const index = this.#index;
    await index.hold(() => index.saveTexts());
  }

  /** Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#entering?.catch(() => undefined);
    await this.settled();
    await this.#index.close();
    await this.inquirer.close();
    this.store.close();
    this.#lock?.release();
  }

  /** @throws AppError INVALID_ARGUMENT in read mode */
  checkWritable(): void {
    if (this.mode === 'write') return;
    throw new AppError('INVALID_ARGUMENT', `${this.dataFolder}: is open for reading, expected writing`);
  }

  async #followWriter(): Promise<void> {
    if (this.mode === 'write') return this.catchUp();
    const active = this.store.generations.active();
    if (active === undefined || active.id === this.generation.id) return this.catchUp();
    this.#entering ??= this.#open(active)
      .then((index) => this.#swap(index))
      .finally(() => {
        this.#entering = undefined;
      });
    await this.#entering;
  }

  /** @returns what `work` gives; the next in turn comes whether it went well or not */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#switching.then(work);
    this.#switching = result.catch(() => undefined);
    return result;
  }

  async #switch(id: number, options: { readonly ifComplete: boolean }): Promise<void> {
    const generation = this.store.generations.get(id);
    if (generation.id === this.generation.id) return;
    const index = await this.#open(generation);
    let activated: Generation | undefined;
    try {
      // Readers that follow find a snapshot instead of building the index themselves.
      await index.save();
      if (this.store.textVectors.summary(id).count > 0) await index.saveTexts();
      for (let round = 0; round < CATCH_UP_ROUNDS_MAX && !index.isUpToDate; round += 1) await index.catchUp();
      // From here to the swap nothing is awaited: database and memory change in one step for everybody in this process.
      activated = this.store.generations.activate(id, options);
    } finally {
      if (activated === undefined) await index.close();
      else index.renew(activated);
    }
    if (activated !== undefined) this.#swap(index);
  }

  #open(generation: Generation): Promise<GenerationIndex> {
    const { dataFolder, mode, store } = this;
    return GenerationIndex.open(generation, { dataFolder, mode, store, onNotice: this.#onNotice });
  }

  #swap(index: GenerationIndex): void {
    const old = this.#index;
    this.#index = index;
    const retired = old
      .retire()
      .catch((error: unknown) => this.#onNotice(messageOf(error)))
      .finally(() => this.#retiring.delete(retired));
    this.#retiring.add(retired);
  }
}

/** Contents whose words are written in one transaction, some 20 ms. */
const WORDS_PER_STEP = 250;

interface Parts {
  readonly lock: LibraryLock | undefined;
  readonly store: Store;
  readonly index: GenerationIndex;
}

async function openParts(options: LibraryOptions): Promise<Parts> {
  const { dataFolder, mode, onNotice = () => undefined } = options;
  if (mode === 'write') await makeFolder(dataFolder);
  const lock = mode === 'write' ? LibraryLock.acquire(path.join(dataFolder, 'library.lock')) : undefined;
  let store: Store | undefined;
  try {
    store = Store.open(path.join(dataFolder, 'library.sqlite'), mode);
    if (mode === 'write') await catchUpWords(store);
    const generation = activeGeneration(store, options);
    const index = await GenerationIndex.open(generation, { dataFolder, mode, store, onNotice });
    return { lock, store, index };
  } catch (error) {
    store?.close();
    lock?.release();
    throw error;
  }
}

/** Once after an update to this version: a second for some 10,000 photos, in steps that leave room for other work. */
async function catchUpWords(store: Store): Promise<void> {
  while (store.words.catchUpAlone(WORDS_PER_STEP) === WORDS_PER_STEP) await setImmediate();
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

function activeGeneration(store: Store, { dataFolder, mode, model }: LibraryOptions): Generation {
  const active = store.generations.active();
  if (active === undefined) {
    if (mode === 'write' && model !== undefined) return ensureGeneration(store, dataFolder, model);
    throw new AppError('NOT_FOUND', `${dataFolder}: nothing is indexed yet; run "imglish index <folder>"`);
  }
  if (mode === 'read' && model !== undefined && model.identity !== active.modelIdentity) {
    throw otherModel(dataFolder, active, model);
  }
  return active;
}

function ensureGeneration(store: Store, dataFolder: string, model: ModelIdentity): Generation {
  const { generation, isNew } = store.generations.ensure(keyOf(model));
  // A database that was restored from a backup gives out numbers a second time.
  if (isNew) rmSync(indexFolder(dataFolder, generation.id), { recursive: true, force: true });
  return generation;
}

/** The refusal to search vectors of one model with words of another. */
export function otherModel(dataFolder: string, active: Generation, model: ModelIdentity): AppError {
  return new AppError(
    'LIBRARY_MISMATCH',
    `${dataFolder}: is searched with model "${active.modelName}" (${active.modelIdentity.slice(0, 12)}), found "${model.name}" (${model.identity.slice(0, 12)}); leave out --model to search with that of the library, or change the library to this one with "imglish index --model ${model.name}"`,
  );
}

function keyOf(model: ModelIdentity): GenerationKey {
  const { name: modelName, identity: modelIdentity, dimension } = model;
  return { modelName, modelIdentity, preprocessVersion, dimension };
}
