/**
 * Files to vectors in this process: reads and decodes some while the network is busy with others.
 * Source: our own. Deviation: none.
 *
 * The network is fastest with full batches, so only photos that need it count towards one; what was moved or
 * refused travels along.
 */
import { availableParallelism } from 'node:os';
import { AppError, type Embedder } from '../../model/index.ts';
import { embedPhotos } from './embed-photos.ts';
import type { Encoded, KnownBytes, PhotoEncoder, PhotoOutcome, Refusal, WorkItem } from './photo-encoder.ts';
import { preparePhoto, refusalOf, type PreparedPhoto } from './prepare-photo.ts';
import { inGroups, inParallel, Limit } from './stage.ts';

export interface LocalEncoderOptions {
  /** Larger files are refused. */
  readonly fileBytesMax: number;
  /** Photos with more pixels are refused. */
  readonly imagePixelsMax: number;
  /** Photos that are read and decoded at once, default `READS_DEFAULT`. */
  readonly concurrency?: number | undefined;
  /** Nothing is decoded, and there are no vectors. */
  readonly isDryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Each photo that is being read holds a file and its pixels, and is often between two steps, so twice the
 * processors keep them busy (measured: 8 % faster than as many as there are); the pool has four threads.
 */
export const READS_DEFAULT = Math.min(8, availableParallelism() * 2);

/** One batch runs in the network, one waits at its door. */
const BATCHES_AHEAD = 2;

/** Files that need no network (moved, refused) make a batch of their own when there are this many. */
const ENTRIES_PER_BATCH = 64;

interface Read<Item> {
  readonly item: Item;
  readonly read: PreparedPhoto | KnownBytes | Refusal;
}

export class LocalEncoder implements PhotoEncoder {
  readonly shares = [];
  readonly #embedder: Embedder;
  readonly #options: LocalEncoderOptions;
  readonly #reads: Limit;

  constructor(embedder: Embedder, options: LocalEncoderOptions) {
    this.#embedder = embedder;
    this.#options = options;
    this.#reads = new Limit(options.concurrency ?? READS_DEFAULT);
  }

  async *encode<Item extends WorkItem>(items: AsyncIterable<Item>): AsyncGenerator<readonly Encoded<Item>[]> {
    const { batchSizeMax } = this.#embedder;
    const reads = inParallel(items, batchSizeMax * BATCHES_AHEAD, (item) =>
      this.#reads.run(async (): Promise<Read<Item>> => ({ item, read: await this.#read(item) })),
    );
    const batches = inGroups(
      reads,
      (group) => group.length >= ENTRIES_PER_BATCH || group.filter(needsNetwork).length >= batchSizeMax,
    );
    yield* inParallel(batches, BATCHES_AHEAD, (batch) => this.#embed(batch));
  }

  async close(): Promise<void> {
    // The embedder belongs to the caller.
  }

  #read(item: WorkItem): Promise<PreparedPhoto | KnownBytes | Refusal> {
    const { fileBytesMax, imagePixelsMax, isDryRun = false, signal } = this.#options;
    const { preprocess } = this.#embedder;
    return preparePhoto(item, { preprocess, fileBytesMax, imagePixelsMax, isDryRun, signal });
  }

  async #embed<Item>(batch: readonly Read<Item>[]): Promise<Encoded<Item>[]> {
    const pixels = batch.flatMap(({ read }) =>
      read.kind === 'prepared' && read.pixels !== null ? [read.pixels] : [],
    );
    const vectors = (await embedPhotos(this.#embedder, pixels, this.#options.signal)).values();
    return batch.map(({ item, read }) => {
      if (read.kind !== 'prepared') return { item, outcome: read };
      const vector = read.pixels === null ? null : (vectors.next().value ?? null);
      return { item, outcome: outcomeOf(read, vector) };
    });
  }
}

function outcomeOf({ facts, preview }: PreparedPhoto, vector: Float32Array | AppError | null): PhotoOutcome {
  // It was read well, so the network fails on what is in it.
  if (vector instanceof AppError) return refusalOf(vector);
  return { kind: 'photo', facts, vector, preview };
}

function needsNetwork({ read }: Read<unknown>): boolean {
  return read.kind === 'prepared' && read.pixels !== null;
}
