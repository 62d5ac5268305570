/**
 * Photos into the library: scan, look, read and decode, embed, commit.
 * Source: DESIGN, "The way of the data". Deviation: none.
 *
 * Each stage is pulled by the next (stage.ts): a disk that is faster than the network waits for it, and what is
 * in memory is a few batches, however many photos there are. A batch is one transaction; what was committed
 * stays whatever happens next, and the next run finds it by size and time.
 */
import { AppError, type Embedder } from '../../model/index.ts';
import { Exclusions, type ExclusionRules } from '../scan/exclusions.ts';
import type { IndexReport, SkippedFile } from './index-report.ts';
import { IndexRun } from './index-run.ts';
import type { Library, ModelIdentity } from '../library/library.ts';
import { openEncoder, type EncoderOptions } from './open-encoder.ts';
import type { Encoded, PhotoEncoder } from './photo-encoder.ts';
import { commitEntry, PhotoLedger, rootOf, type FoundFile, type Settled } from './photo-ledger.ts';
import type { IndexProgress } from './progress.ts';
import { pruneRoots, type Pruned } from '../scan/prune-roots.ts';
import { refreshFacts } from '../photos/refresh-facts.ts';
import { baseOf, prepareRoots, type ScanScope } from '../scan/root-scopes.ts';
import { scan, type ScanEvent } from '../scan/scan.ts';
import { inParallel } from './stage.ts';
import { removeVanished } from '../scan/sweep.ts';

export interface IndexOptions extends EncoderOptions {
  /** Folders and single files; none: those that were indexed before. */
  readonly roots: readonly string[];
  /** Names of folders that are left out. */
  readonly excludeFolders: readonly string[];
  /** Patterns of files and folders that are left out, see `Exclusions`; default: none. */
  readonly excludeGlobs?: readonly string[] | undefined;
  /** Keep photos whose file is gone; default: they go from the library too. */
  readonly keepMissing?: boolean;
  /** Forget roots and mounted disks that are not there at all; default: they are taken for unplugged. */
  readonly prune?: boolean;
  readonly followSymlinks: boolean;
  /** Only tells what would be done; nothing is decoded or written. */
  readonly dryRun?: boolean;
  /** Set by the watcher, whose runs are many and small. */
  readonly watched?: WatchedRun;
  readonly onProgress?: (progress: IndexProgress) => void;
  /** Told of every file that is not indexed; the report lists the first ones only. */
  readonly onSkip?: (skip: SkippedFile) => void;
}

/**
 * A run over what was seen to change. A path that is gone from a root that is still there loses its photos
 * (else a person may have misspelt it), and the snapshot of the index is left to the library's own rhythm: after
 * each changed photo it would be written whole.
 */
export interface WatchedRun {
  /** Files that are being written at this moment: they are left for a later run, and what is known of them stays. */
  readonly isUnsettled: (path: string) => boolean;
}

/** Stats that are asked for at once: a network drive answers one in milliseconds. */
const LOOKS_AHEAD = 16;

/** While one batch is written, the next finds out where its photos came from. */
const BATCHES_SETTLING = 2;

/** Of a model that the library has not met: no vector is of this generation. */
const NO_GENERATION = 0;

/** Libraries that are being indexed by this process. */
const busy = new WeakSet<Library>();

/**
 * Brings the library up to date with its folders. A bad photo is a skip in the report; the run goes on.
 * @throws AppError INVALID_ARGUMENT, FILE_NOT_FOUND (a root that never was), BUSY, LIBRARY_MISMATCH, ABORTED (what
 *   was committed stays), DISK_FULL, LIBRARY_CORRUPT, INFERENCE_FAILED, REDIS_UNAVAILABLE
 */
export async function indexPhotos(
  library: Library,
  embedder: Embedder,
  options: IndexOptions,
): Promise<IndexReport> {
  checkCall(library, options);
  busy.add(library);
  let encoder: PhotoEncoder | undefined;
  try {
    encoder = await openEncoder(library, embedder, { ...options, isDryRun: options.dryRun === true });
    return await new Pipeline(library, embedder, encoder, options).run();
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
    await encoder?.close();
    busy.delete(library);
  }
}

function checkCall(library: Library, { dryRun }: IndexOptions): void {
  if (library.mode !== 'write' && dryRun !== true) {
    throw new AppError('INVALID_ARGUMENT', `${library.dataFolder}: is open for reading, expected writing`);
  }
  if (busy.has(library)) {
    throw new AppError(
      'BUSY',
      `${library.dataFolder}: is being indexed already; wait until that has finished`,
    );
  }
}

class Pipeline {
  readonly #library: Library;
  readonly #options: IndexOptions;
  readonly #isDryRun: boolean;
  readonly #generationId: number;
  readonly #run: IndexRun;
  readonly #ledger: PhotoLedger;
  readonly #encoder: PhotoEncoder;
  #scopes: readonly ScanScope[] = [];

  constructor(library: Library, model: ModelIdentity, encoder: PhotoEncoder, options: IndexOptions) {
    const { fileBytesMax, imagePixelsMax, onProgress, onSkip } = options;
    this.#library = library;
    this.#encoder = encoder;
    this.#options = options;
    this.#isDryRun = options.dryRun === true;
    this.#generationId = this.#isDryRun
      ? (library.findGeneration(model)?.id ?? NO_GENERATION)
      : library.generationFor(model).id;
    const isDryRun = this.#isDryRun;
    this.#run = new IndexRun(library, { isDryRun, onProgress, onSkip });
    this.#ledger = new PhotoLedger(
      { library, generationId: this.#generationId, fileBytesMax, imagePixelsMax },
      () => this.#run.roots,
    );
  }

  async run(): Promise<IndexReport> {
    const isDryRun = this.#isDryRun;
    const { watched } = this.#options;
    const pruned = await this.#prune();
    await this.#prepare(pruned.left);
    await this.#count();
    for await (const batch of this.#settled()) {
      this.#write(batch);
      await this.#followUp();
      this.#options.signal?.throwIfAborted();
    }
    const { keepMissing = false, prune = false, fileBytesMax, signal } = this.#options;
    const isLeftOut = (folder: string): boolean => this.#exclusions(folder).isBehind(folder);
    const sweep = { isDryRun, keepMissing, prune, isLeftOut };
    const removed = pruned.removed + (await removeVanished(this.#library, this.#scopes, this.#run, sweep));
    if (!isDryRun) {
      if (watched === undefined) await refreshFacts(this.#library, { fileBytesMax, signal });
      await this.#library.catchUp();
      if (watched === undefined) await this.#library.saveIndex();
    }
    return this.#run.report(removed, this.#encoder.shares);
  }

  #prune(): Promise<Pruned> {
    const { prune = false, roots } = this.#options;
    return prune
      ? pruneRoots(this.#library, roots, this.#isDryRun)
      : Promise.resolve({ removed: 0, left: roots });
  }

  /** @param given null: nothing is to be walked */
  async #prepare(given: readonly string[] | null): Promise<void> {
    this.#run.mountsBefore = new Set(this.#library.store.mounts.all());
    if (given === null) return;
    const { scopes, roots } = await prepareRoots(this.#library, given, {
      isDryRun: this.#isDryRun,
      dropsVanished: this.#options.watched !== undefined,
    });
    this.#scopes = scopes;
    this.#run.roots = roots;
  }

  #exclusions(path: string): Exclusions {
    return new Exclusions(baseOf(path, this.#run.roots), this.#exclusionRules());
  }

  #exclusionRules(): ExclusionRules {
    const { excludeFolders, excludeGlobs } = this.#options;
    return { excludeFolders, excludeGlobs, excludePaths: [this.#library.dataFolder] };
  }

  /** A first walk, so that the second can say how long it will take. It reads folders only. */
  async #count(): Promise<void> {
    for await (const event of this.#scan()) if (event.kind === 'file') this.#run.found();
  }

  async *#scan(): AsyncGenerator<ScanEvent> {
    const { followSymlinks, signal } = this.#options;
    const devices = new Map(
      this.#run.roots.flatMap(({ path, device, scannedAt }) => (scannedAt === null ? [] : [[path, device]])),
    );
    for (const { path, isGone } of this.#scopes) {
      if (isGone) continue;
      yield* scan(path, {
        ...this.#exclusionRules(),
        base: baseOf(path, this.#run.roots),
        followSymlinks,
        devices,
        mounts: this.#run.mountsBefore,
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
          if (this.#options.watched?.isUnsettled(event.path) === true) {
            this.#run.left(event.path);
            break;
          }
          this.#run.visited();
          yield event.path;
          break;
        case 'folder':
          this.#run.walked(event.path, event.mounted);
          break;
        case 'skip':
          this.#run.skippedByScan(event);
          break;
      }
    }
  }

  /** What is known needs no place in the batches, of which there are millions on a second run. */
  async *#unknownFiles(): AsyncGenerator<FoundFile> {
    const looked = inParallel(this.#files(), LOOKS_AHEAD, (path) =>
      this.#ledger.look(path, rootOf(path, this.#run.roots)?.id ?? 0),
    );
    for await (const file of looked) {
      switch (file.kind) {
        case 'known':
          this.#run.known(file);
          break;
        case 'known-skip':
          this.#run.knownSkip(file.skip);
          break;
        case 'skip':
          this.#write([file]);
          break;
        case 'found':
          yield file;
          break;
      }
    }
  }

  #settled(): AsyncGenerator<readonly Settled[]> {
    const encoded = this.#encoder.encode(this.#unknownFiles());
    return inParallel(encoded, BATCHES_SETTLING, (batch) => this.#settle(batch));
  }

  #settle(batch: readonly Encoded<FoundFile>[]): Promise<Settled[]> {
    return Promise.all(batch.map(({ item, outcome }) => this.#ledger.settle(item, outcome)));
  }

  #write(batch: readonly Settled[]): void {
    if (this.#isDryRun) {
      for (const settled of batch) this.#run.wouldDo(settled);
      return;
    }
    const entries = batch.flatMap((settled) => commitEntry(settled) ?? []);
    const results = this.#library.store.commit(entries, this.#generationId);
    for (const [index, entry] of entries.entries()) {
      const result = results[index];
      if (result !== undefined) this.#run.committed(entry, result);
    }
  }

  /** Searches find at once what was written, unless they use another model's vectors. */
  async #followUp(): Promise<void> {
    if (this.#isDryRun || this.#generationId !== this.#library.generation.id) return;
    await this.#library.catchUp();
  }
}
