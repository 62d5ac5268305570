/**
 * Approximate nearest neighbours: an hnswlib graph in a thread of its own, with snapshots on disk.
 * Source: our own, over hnsw-worker.ts and snapshot.ts. Deviation: none.
 */
import { rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { AppError, isAppError, messageOf } from '../../model/index.ts';
import { chooseHnswBuild } from './hnsw-library.ts';
import type { HnswReply, HnswRequest, HnswWorkerData } from './hnsw-messages.ts';
import { SerialQueue } from './serial-queue.ts';
import {
  makeSnapshotFolder,
  newGraphFile,
  publishSnapshot,
  readSnapshot,
  type SnapshotOwner,
} from './snapshot.ts';
import {
  checkEntry,
  checkNeighbours,
  checkVector,
  type VectorEntry,
  type VectorHit,
  type VectorIndex,
} from './vector-index.ts';

export interface HnswOptions extends SnapshotOwner {
  /** Of the snapshots; made when the first is saved. */
  readonly folder: string;
  /** A reader beside a writer: `save` does nothing. */
  readonly readOnly: boolean;
  /** Told why a snapshot could not be used. */
  readonly onNotice: (notice: string) => void;
  /** Another build of the native library than `chooseHnswBuild` chooses, to compare them. */
  readonly library?: string;
}

/** Points in one message. A search that comes meanwhile waits for 16 insertions at most, some 30 ms. */
const POINTS_PER_MESSAGE = 16;

/** The writer may replace the snapshot while a reader opens it. */
const OPEN_ATTEMPTS = 3;

type Body = HnswRequest extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never;
type Value = Extract<HnswReply, { ok: true }>['value'];

interface Waiting {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

export class HnswIndex implements VectorIndex {
  readonly dimension: number;
  readonly #options: HnswOptions;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  /** Changes and snapshots, one after the other; searches go past it. */
  readonly #changes = new SerialQueue();
  #nextId = 0;
  #size = 0;
  #sequence = 0;
  /** The state that the snapshot on disk has. */
  #isSaved = true;
  #closing: Promise<void> | undefined;
  #failure: AppError | undefined;

  private constructor(options: HnswOptions) {
    this.dimension = options.dimension;
    this.#options = options;
    const data: HnswWorkerData = { library: options.library ?? chooseHnswBuild().target };
    this.#worker = new Worker(new URL('./hnsw-worker.js', import.meta.url), {
      name: 'imglish vectors',
      workerData: data,
    });
    this.#worker.on('message', (reply: HnswReply) => this.#settle(reply));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread has ended')));
    // A process may end while nothing runs; see #send for the time when something does.
    this.#worker.unref();
  }

  /** With what the snapshot holds; empty, and a notice given, where it cannot be used. */
  static async open(options: HnswOptions): Promise<HnswIndex> {
    const index = new HnswIndex(options);
    try {
      await index.#load();
      return index;
    } catch (error) {
      await index.close();
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  get sequence(): number {
    return this.#sequence;
  }

  async search(vector: Float32Array, k: number): Promise<readonly VectorHit[]> {
    checkVector(vector, this.dimension);
    checkNeighbours(k);
    const { ids = [], scores = [] } = await this.#send({ kind: 'search', vector: vector.slice(), k });
    return Array.from(ids, (id, index) => ({ id, score: scores[index] ?? 0 }));
  }

  async add(entries: readonly VectorEntry[]): Promise<void> {
    for (const entry of entries) checkEntry(entry, this.dimension);
    await this.#change(async () => {
      for (let start = 0; start < entries.length; start += POINTS_PER_MESSAGE) {
        const part = entries.slice(start, start + POINTS_PER_MESSAGE);
        const vectors = new Float32Array(part.length * this.dimension);
        for (const [index, { vector }] of part.entries()) vectors.set(vector, index * this.dimension);
        const ids = part.map(({ id }) => id);
        await this.#send({ kind: 'add', ids, vectors }, [vectors.buffer]);
      }
    });
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.#change(async () => {
      await this.#send({ kind: 'remove', ids });
    });
  }

  advance(sequence: number): void {
    if (sequence !== this.#sequence) this.#isSaved = false;
    this.#sequence = sequence;
  }

  async compact(): Promise<void> {
    await this.#change(async () => {
      await this.#send({ kind: 'compact' });
    });
  }

  async clear(): Promise<void> {
    await this.#change(async () => {
      await this.#send({ kind: 'clear' });
      this.#sequence = 0;
    });
  }

  /** @throws AppError DISK_FULL, FILE_UNREADABLE; the snapshot before stays */
  async save(): Promise<void> {
    if (this.#options.readOnly) return;
    await this.#changes.run(async () => {
      if (this.#isSaved) return;
      const { folder, libraryId, generationId, dimension } = this.#options;
      const sequence = this.#sequence;
      const file = newGraphFile(folder, sequence);
      try {
        await makeSnapshotFolder(folder);
        const { live, dead = [], twins = [] } = await this.#send({ kind: 'save', file });
        await publishSnapshot(file, {
          libraryId,
          generationId,
          dimension,
          sequence,
          live,
          dead,
          twins,
        });
      } catch (error) {
        await rm(file, { force: true });
        throw unsaved(folder, error);
      }
      this.#isSaved = sequence === this.#sequence;
    });
  }

  /** Waits for changes and searches under way. What is not saved is caught up with on the next start. */
  close(): Promise<void> {
    this.#closing ??= this.#changes.run(() => this.#end());
    return this.#closing;
  }

  async #load(): Promise<void> {
    for (let attempt = 1; attempt <= OPEN_ATTEMPTS; attempt += 1) {
      try {
        const snapshot = await readSnapshot(this.#options.folder, this.#options);
        const { dead = [], twins = [] } = snapshot?.header ?? {};
        const file = snapshot?.file ?? null;
        await this.#send({ kind: 'open', dimension: this.dimension, file, dead, twins });
        this.#sequence = snapshot?.header.sequence ?? 0;
        return;
      } catch (error) {
        if (this.#failure !== undefined) throw this.#failure;
        if (attempt === OPEN_ATTEMPTS) this.#options.onNotice(messageOf(error));
      }
    }
    await this.#send({ kind: 'open', dimension: this.dimension, file: null, dead: [], twins: [] });
    // The damaged snapshot is replaced as soon as there is something to replace it with.
    this.#isSaved = false;
  }

  async #change(work: () => Promise<void>): Promise<void> {
    await this.#changes.run(async () => {
      this.#isSaved = false;
      await work();
    });
  }

  async #end(): Promise<void> {
    if (this.#failure !== undefined) return;
    const ended = new Promise<void>((resolve) => {
      this.#worker.once('exit', () => resolve());
    });
    await this.#send({ kind: 'close' });
    // The answer let the thread go; its end must still be waited for.
    this.#worker.ref();
    await ended;
  }

  #send(body: Body, transfer: ArrayBuffer[] = []): Promise<Value> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // While an answer is due the thread keeps the process alive.
      this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...body, id }, transfer);
    });
  }

  #settle(reply: HnswReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (!reply.ok) {
      waiting.reject(new AppError('LIBRARY_CORRUPT', `${this.#options.folder}: ${reply.message}`));
      return;
    }
    this.#size = reply.value.live;
    waiting.resolve(reply.value);
  }

  #fail(cause: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = new AppError(
      'LIBRARY_CORRUPT',
      `${this.#options.folder}: the index is closed (${cause.message}); if this happens again, delete this folder, it is made again from the database`,
      { cause },
    );
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}

function unsaved(folder: string, error: unknown): AppError {
  const { code } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || isAppError(error, 'DISK_FULL');
  return new AppError(
    isFull ? 'DISK_FULL' : 'FILE_UNREADABLE',
    `${folder}: the index cannot be saved (${messageOf(error)}); ${isFull ? 'free some space' : 'make the folder writable'}, nothing is lost meanwhile`,
    { cause: error },
  );
}
