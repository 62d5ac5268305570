/**
 * Photos into the library: scan, look, read and decode, embed, commit.
 * Source: DESIGN, "The way of the data". Deviation: none.
 *
 * Each stage is pulled by the next (stage.ts): a disk that is faster than the network waits for it, and what is
 * in memory is a few batches, however many photos there are. A batch is one transaction; what was committed
 * stays whatever happens next, and the next run finds it by size and time.
 */
import { availableParallelism } from 'node:os';
import { AppError, type Embedder } from '../model/index.ts';
import { embedPhotos } from './embed-photos.ts';
import type { IndexReport } from './index-report.ts';
import { IndexRun, type RunOptions } from './index-run.ts';
import type { Library } from './library.ts';
import {
  PhotoReader,
  rootOf,
  type FoundFile,
  type KnownFile,
  type KnownSkip,
  type Prepared,
  type ReadPhoto,
} from './prepare-photo.ts';
import type { IndexProgress } from './progress.ts';
import { prepareRoots, type ScanScope } from './root-scopes.ts';
import { scan, type ScanEvent } from './scan.ts';
import { inGroups, inParallel, Limit } from './stage.ts';
import type { CommitEntry, SkipEntry } from './store/index.ts';
import { removeVanished } from './sweep.ts';

export interface IndexOptions {
  /** Folders and single files; none: those that were indexed before. */
  readonly roots: readonly string[];
  /** Names of folders that are left out. */
  readonly excludeFolders: readonly string[];
  readonly followSymlinks: boolean;
  /** Larger files are skipped. */
  readonly fileBytesMax: number;
  /** Photos with more pixels are skipped. */
  readonly imagePixelsMax: number;
  /** Only tells what would be done; nothing is decoded or written. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: IndexProgress) => void;
}

/** Stats that are asked for at once: a network drive answers one in milliseconds. */
const LOOKS_AHEAD = 16;

/**
 * Photos that are read and decoded at once. Each holds a file and its pixels, and is often between two steps, so
 * twice the processors keep them busy (measured: 8 % faster than as many as there are); the pool has four threads.
 */
const READS_MAX = Math.min(8, availableParallelism() * 2);

/** One batch runs in the network, one waits at its door. */
const BATCHES_AHEAD = 2;

/** Files that need no network (moved, skipped) make a batch of their own when there are this many. */
const ENTRIES_PER_BATCH = 64;

/** Libraries that are being indexed by this process. */
const busy = new WeakSet<Library>();

/**
 * Brings the library up to date with its folders. A bad photo is a skip in the report; the run goes on.
 * @throws AppError INVALID_ARGUMENT, FILE_NOT_FOUND (a root that never was), BUSY, LIBRARY_MISMATCH, ABORTED (what
 *   was committed stays), DISK_FULL, LIBRARY_CORRUPT, INFERENCE_FAILED
 */
export async function indexPhotos(
  library: Library,
  embedder: Embedder,
  options: IndexOptions,
): Promise<IndexReport> {
  checkCall(library, embedder, options);
  busy.add(library);
  try {
    return await new Pipeline(library, embedder, options).run();
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
    throw new AppError(
      'ABORTED',
      'indexing was stopped; what was done so far is kept, run it again to go on',
      {
        cause: error,
      },
    );
  } finally {
    busy.delete(library);
  }
}

function checkCall(library: Library, embedder: Embedder, { dryRun }: IndexOptions): void {
  if (library.mode !== 'write' && dryRun !== true) {
    throw new AppError('INVALID_ARGUMENT', `${library.dataFolder}: is open for reading, expected writing`);
  }
  if (embedder.identity !== library.generation.modelIdentity) {
    throw new AppError(
      'LIBRARY_MISMATCH',
      `${library.dataFolder}: was opened for model "${library.generation.modelName}", expected "${embedder.name}"; open it with the model that indexes`,
    );
  }
  if (busy.has(library)) {
    throw new AppError(
      'BUSY',
      `${library.dataFolder}: is being indexed already; wait until that has finished`,
    );
  }
}

type Read = ReadPhoto | KnownFile | KnownSkip | SkipEntry;
type Batch = readonly { readonly read: Read; readonly entry: CommitEntry | null }[];

class Pipeline {
  readonly #library: Library;
  readonly #embedder: Embedder;
  readonly #options: IndexOptions;
  readonly #run: IndexRun;
  readonly #reader: PhotoReader;
  readonly #reads = new Limit(READS_MAX);
  #scopes: readonly ScanScope[] = [];

  constructor(library: Library, embedder: Embedder, options: IndexOptions) {
    const runOptions: RunOptions = { isDryRun: options.dryRun === true, onProgress: options.onProgress };
    this.#library = library;
    this.#embedder = embedder;
    this.#options = options;
    this.#run = new IndexRun(library, runOptions);
    this.#reader = new PhotoReader(
      {
        library,
        preprocess: embedder.preprocess,
        fileBytesMax: options.fileBytesMax,
        imagePixelsMax: options.imagePixelsMax,
        isDryRun: runOptions.isDryRun,
        signal: options.signal,
      },
      () => this.#run.roots,
    );
  }

  async run(): Promise<IndexReport> {
    const isDryRun = this.#options.dryRun === true;
    const { scopes, roots } = await prepareRoots(this.#library, this.#options.roots, isDryRun);
    this.#scopes = scopes;
    this.#run.roots = roots;
    await this.#count();
    for await (const batch of this.#embedded()) {
      await this.#commit(batch);
      this.#options.signal?.throwIfAborted();
    }
    const removed = await removeVanished(this.#library, this.#scopes, this.#run, isDryRun);
    if (!isDryRun) {
      await this.#library.catchUp();
      await this.#library.saveIndex();
    }
    return this.#run.report(removed);
  }

  /** A first walk, so that the second can say how long it will take. It reads folders only. */
  async #count(): Promise<void> {
    for await (const event of this.#scan()) if (event.kind === 'file') this.#run.found();
  }

  async *#scan(): AsyncGenerator<ScanEvent> {
    const { excludeFolders, followSymlinks, signal } = this.#options;
    const devices = new Map(
      this.#run.roots.flatMap(({ path, device, scannedAt }) => (scannedAt === null ? [] : [[path, device]])),
    );
    for (const { path } of this.#scopes) {
      yield* scan(path, {
        excludeFolders,
        excludePaths: [this.#library.dataFolder],
        followSymlinks,
        devices,
        signal,
      });
    }
  }

  async *#files(): AsyncGenerator<string> {
    this.#run.startEmbedding();
    for await (const event of this.#scan()) {
      this.#options.signal?.throwIfAborted();
      switch (event.kind) {
        case 'file':
          this.#run.visited();
          yield event.path;
          break;
        case 'folder':
          this.#run.walked(event.path);
          break;
        case 'skip':
          this.#run.skippedByScan(event);
          break;
      }
    }
  }

  async *#prepared(): AsyncGenerator<Prepared> {
    const looked = inParallel(this.#files(), LOOKS_AHEAD, async (path) =>
      this.#reader.look(path, rootOf(path, this.#run.roots)?.id ?? 0),
    );
    // What is known needs no place in the batches, of which there are millions on a second run.
    const unknown = this.#withoutKnown(looked);
    yield* inParallel(unknown, this.#embedder.batchSizeMax * BATCHES_AHEAD, async (file) =>
      'kind' in file ? file : this.#reads.run(() => this.#reader.read(file)),
    );
  }

  async *#withoutKnown(
    files: AsyncIterable<FoundFile | KnownFile | KnownSkip | SkipEntry>,
  ): AsyncGenerator<FoundFile | SkipEntry> {
    for await (const file of files) {
      if ('kind' in file && file.kind === 'known') this.#run.known(file);
      else if ('kind' in file && file.kind === 'known-skip') this.#run.knownSkip(file.skip);
      else yield file;
    }
  }

  async *#embedded(): AsyncGenerator<Batch> {
    const { batchSizeMax } = this.#embedder;
    const batches = inGroups(
      this.#prepared(),
      (group) => group.length >= ENTRIES_PER_BATCH || group.filter(needsNetwork).length >= batchSizeMax,
    );
    yield* inParallel(batches, BATCHES_AHEAD, (batch) => this.#embed(batch));
  }

  async #embed(batch: readonly Read[]): Promise<Batch> {
    const waiting = batch.filter(needsNetwork);
    const vectors = await embedPhotos(
      this.#embedder,
      waiting.map(({ content }) => content.pixels),
      this.#options.signal,
    );
    const vectorOf = new Map<Read, Float32Array | AppError>();
    for (const [index, photo] of waiting.entries()) vectorOf.set(photo, vectors[index] as Float32Array);
    return batch.map((read) => ({ read, entry: this.#entryOf(read, vectorOf.get(read)) }));
  }

  #entryOf(read: Read, vector: Float32Array | AppError | undefined): CommitEntry | null {
    if (read.kind === 'skip') return read;
    if (read.kind !== 'photo') return null;
    const { file, movedFrom, content } = read;
    const { path, rootId, bytes, modifiedMs } = file;
    const place = { kind: 'photo', path, rootId, bytes, modifiedMs, movedFrom } as const;
    if ('contentId' in content) return { ...place, content };
    if (vector instanceof AppError) return this.#reader.refuse(file, vector);
    // In a dry run there is no vector, and nothing is committed.
    return vector === undefined ? null : { ...place, content: { facts: content.facts, vector } };
  }

  async #commit(batch: Batch): Promise<void> {
    if (this.#options.dryRun === true) {
      for (const { read } of batch) this.#run.wouldDo(read);
      return;
    }
    const entries = batch.flatMap(({ entry }) => (entry === null ? [] : [entry]));
    if (entries.length === 0) return;
    const results = this.#library.store.commit(entries, this.#library.generation.id);
    for (const [index, entry] of entries.entries()) {
      const result = results[index];
      if (result !== undefined) this.#run.committed(entry, result);
    }
    await this.#library.catchUp();
  }
}

function needsNetwork(
  read: Read,
): read is ReadPhoto & { readonly content: { readonly pixels: Float32Array } } {
  return read.kind === 'photo' && 'pixels' in read.content && read.content.pixels !== null;
}
