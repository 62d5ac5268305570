/**
 * Files to vectors by workers on other machines, and by this process beside them.
 * Source: our own. Deviation: none.
 *
 * What a worker says of the world (not found, not readable) is never believed: a share that is not mounted there
 * would else empty the library. This process tries such files itself.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { AppError, type Embedder } from '../../../model/index.ts';
import type { Library } from '../../library/library.ts';
import { LocalEncoder } from '../../pipeline/local-encoder.ts';
import type {
  Encoded,
  PhotoEncoder,
  PhotoOutcome,
  WorkItem,
  WorkShare,
} from '../../pipeline/photo-encoder.ts';
import { hashOfFile } from '../../pipeline/prepare-photo.ts';
import type { EncoderOptions } from '../../pipeline/open-encoder.ts';
import { inGroups, inParallel } from '../../pipeline/stage.ts';
import { BatchConsumer, BatchSender } from '../redis/batch-queue.ts';
import { RedisLink } from '../redis/connection.ts';
import { BatchDesk, LOCAL_BATCHES, type Question } from './batch-desk.ts';
import { HASHES_PER_ITEM_MAX, numberOf, ownOf } from './protocol.ts';

export interface RemoteEncoderOptions extends EncoderOptions {
  readonly redisUrl: string;
}

/** Batches of the network that travel as one: fewer messages, and still little is lost with a worker. */
const NETWORK_BATCHES = 2;

/** Batches under way: for each consumer one that it does, one that waits for it, and one on its way. */
const BATCHES_PER_CONSUMER = 3;
const BATCHES_MIN = 4;
const BATCHES_MAX = 64;

/** Outcomes that wait for those before them; while there are more, nothing new is sent. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;

export class RemoteEncoder implements PhotoEncoder {
  readonly #link: RedisLink;
  readonly #desk: BatchDesk;
  readonly #consumer: BatchConsumer | undefined;
  readonly #local: LocalEncoder;
  readonly #batchSize: number;
  readonly #fileBytesMax: number;
  readonly #signal: AbortSignal | undefined;
  readonly #shares = new Map<string, number>();
  #heldBytes = 0;
  #closing: Promise<void> | undefined;

  private constructor(link: RedisLink, library: Library, embedder: Embedder, options: RemoteEncoderOptions) {
    const { fileBytesMax, imagePixelsMax, signal, localWork = true } = options;
    const concurrency = options.concurrency ?? undefined;
    const limits = { fileBytesMax, imagePixelsMax };
    const { libraryId } = library.store;
    const run = randomUUID();
    this.#link = link;
    this.#local = new LocalEncoder(embedder, { ...limits, concurrency, signal });
    this.#batchSize = embedder.batchSizeMax * NETWORK_BATCHES;
    this.#fileBytesMax = fileBytesMax;
    this.#signal = signal;
    this.#desk = new BatchDesk({
      sender: new BatchSender(link, libraryId, run),
      run,
      requirements: { ...ownOf(embedder), libraryId, ...limits },
      doLocally: (items) => this.#doLocally(items),
      localWork,
      onNotice: options.onNotice ?? (() => undefined),
      onDone: (worker, outcomes) => this.#count(worker, outcomes),
    });
    if (!localWork) return;
    this.#consumer = new BatchConsumer(link, libraryId, {
      name: `owner on ${hostname()}`,
      concurrency: LOCAL_BATCHES,
      isCurrent: async (of) => of === run,
      handler: async ({ body }) => {
        await this.#desk.consume(numberOf(body));
        return true;
      },
    });
  }

  /**
   * @param library open for writing
   * @throws AppError REDIS_UNAVAILABLE, INVALID_ARGUMENT
   */
  static async open(
    library: Library,
    embedder: Embedder,
    options: RemoteEncoderOptions,
  ): Promise<RemoteEncoder> {
    const link = await RedisLink.open(options.redisUrl, options.onNotice);
    const encoder = new RemoteEncoder(link, library, embedder, options);
    try {
      await encoder.#desk.open();
      return encoder;
    } catch (error) {
      await encoder.close().catch(() => undefined);
      throw error;
    }
  }

  /** Of this encoder's time. */
  get shares(): readonly WorkShare[] {
    return [...this.#shares].map(([worker, photos]) => ({ worker, photos }));
  }

  async *encode<Item extends WorkItem>(items: AsyncIterable<Item>): AsyncGenerator<readonly Encoded<Item>[]> {
    const groups = inGroups(items, (group) => group.length >= this.#batchSize);
    const results = inParallel(
      groups,
      () => this.#ahead(),
      (group) => this.#encode(group),
    );
    const stop = (): void => this.#desk.giveUp(new AppError('ABORTED', 'indexing was stopped'));
    this.#signal?.addEventListener('abort', stop, { once: true });
    try {
      for (;;) {
        const next = await results.next();
        if (next.done === true) return;
        this.#heldBytes -= bytesOf(next.value);
        yield next.value;
      }
    } finally {
      this.#signal?.removeEventListener('abort', stop);
      // Before the stage is ended, which waits for what is under way.
      stop();
      await results.return(undefined);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#desk.close();
    await this.#consumer?.close(false);
    this.#link.close();
  }

  #ahead(): number {
    if (this.#heldBytes > HELD_BYTES_MAX) return 1;
    return Math.min(BATCHES_MAX, Math.max(BATCHES_MIN, this.#desk.consumers * BATCHES_PER_CONSUMER));
  }

  async #encode<Item extends WorkItem>(items: readonly Item[]): Promise<Encoded<Item>[]> {
    const outcomes = new Map<WorkItem, PhotoOutcome>();
    const questions: Question[] = [];
    for (const item of items) {
      const known = item.known.ofSameSize(HASHES_PER_ITEM_MAX) ?? (await this.#hashItself(item));
      if (typeof known === 'string') outcomes.set(item, { kind: 'known', hash: known });
      else questions.push({ item, known });
    }
    if (questions.length > 0) {
      pair(
        questions.map(({ item }) => item),
        await this.#desk.ask(questions),
        outcomes,
      );
    }
    const doubtful = items.filter((item) => isOfTheWorld(outcomes.get(item)));
    if (doubtful.length > 0) pair(doubtful, await this.#doLocally(doubtful), outcomes);
    const encoded = items.flatMap((item) => {
      const outcome = outcomes.get(item);
      return outcome === undefined ? [] : [{ item, outcome }];
    });
    this.#heldBytes += bytesOf(encoded);
    return encoded;
  }

  /**
   * Where too many contents are of its size to be named to a worker: uncompressed pictures of one camera.
   * @returns the hash where it is known, else what a worker must be told: nothing
   */
  async #hashItself(item: WorkItem): Promise<string | readonly string[]> {
    const hash = await hashOfFile(item.path, this.#fileBytesMax).catch(() => undefined);
    return hash !== undefined && item.known.has(hash) ? hash : [];
  }

  async #doLocally(items: readonly WorkItem[]): Promise<readonly PhotoOutcome[]> {
    const outcomes: PhotoOutcome[] = [];
    for await (const group of this.#local.encode(listed(items))) {
      outcomes.push(...group.map(({ outcome }) => outcome));
    }
    return outcomes;
  }

  #count(worker: string, outcomes: readonly PhotoOutcome[]): void {
    const photos = outcomes.filter(({ kind }) => kind === 'photo').length;
    this.#shares.set(worker, (this.#shares.get(worker) ?? 0) + photos);
  }
}

function pair(
  items: readonly WorkItem[],
  found: readonly PhotoOutcome[],
  outcomes: Map<WorkItem, PhotoOutcome>,
): void {
  for (const [index, outcome] of found.entries()) {
    const item = items[index];
    if (item !== undefined) outcomes.set(item, outcome);
  }
}

function isOfTheWorld(outcome: PhotoOutcome | undefined): boolean {
  return (
    outcome?.kind === 'refusal' && (outcome.code === 'FILE_NOT_FOUND' || outcome.code === 'FILE_UNREADABLE')
  );
}

function bytesOf(encoded: readonly Encoded<WorkItem>[]): number {
  let bytes = 0;
  for (const { outcome } of encoded) {
    if (outcome.kind === 'photo') bytes += (outcome.vector?.byteLength ?? 0) + (outcome.preview?.length ?? 0);
  }
  return bytes;
}

async function* listed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
