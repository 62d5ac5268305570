/**
 * A worker: takes batches of photos that the owner of a library sends, decodes and embeds them, and sends back what
 * it found. It holds no state; what it was doing when it died is done by another.
 * Source: our own. Deviation: none.
 *
 * Whoever can write to the Redis server decides which files a worker reads, within the folders it is given, and sees
 * their previews: the server must be private.
 */
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, isAppError, messageOf, type Embedder } from '../../../model/index.ts';
import { LocalEncoder } from '../../pipeline/local-encoder.ts';
import type { PhotoOutcome, WorkItem } from '../../pipeline/photo-encoder.ts';
import { refusalOf } from '../../pipeline/prepare-photo.ts';
import { BatchAnswers, BatchConsumer, callingLibraries } from '../redis/batch-queue.ts';
import { RedisLink } from '../redis/connection.ts';
import { writeAnswer, type WorkerResult } from './answer.ts';
import { PathMap, type PathRule } from './path-map.ts';
import { checkOwn, ownOf, readBatch, readCallBody, type Batch, type Own } from './protocol.ts';

export interface WorkerOptions {
  /** redis://host:6379 */
  readonly redisUrl: string;
  /** Which library; default: the one whose owner asks for workers, and when it asks no more, the next that does. */
  readonly libraryId?: string;
  /** What it may read, at least one folder: whoever can write to the Redis server names the files. */
  readonly rules: readonly PathRule[];
  /** How the owner names it. */
  readonly name: string;
  /** Photos that are read at once, see `IndexOptions`. */
  readonly concurrency?: number | undefined;
  /** Ends it after the batches under way. */
  readonly signal: AbortSignal;
  readonly onNotice?: (notice: string) => void;
  readonly onProgress?: (progress: WorkerProgress) => void;
}

export interface WorkerProgress {
  /** Photos that went through the network. */
  readonly photos: number;
  /** Files that it could not read, or that were known. */
  readonly others: number;
}

/** One is in the network, one is read, one waits: the network is never idle for a batch on its way. */
const BATCHES_AT_ONCE = 3;

/** Between two looks whether an owner calls. */
const CALL_POLL_MS = 1000;

/** Between two attempts to send an answer while Redis is away. */
const RETRY_MS = 1000;

/** Clocks and file systems of two machines tell times of the same file that differ by less. */
const MODIFIED_TOLERANCE_MS = 2500;

/**
 * Works until the signal says to stop.
 * @throws AppError REDIS_UNAVAILABLE, INVALID_ARGUMENT (several libraries), FILE_NOT_FOUND (a folder of the rules is
 *   not there), LIBRARY_MISMATCH (another model or version than the library's)
 */
export async function runWorker(embedder: Embedder, options: WorkerOptions): Promise<WorkerProgress> {
  const link = await RedisLink.open(options.redisUrl, options.onNotice);
  try {
    const rules = await PathMap.open(options.rules);
    const worker = new RemoteWorker(link, embedder, rules, options);
    for (;;) {
      const libraryId = await findLibrary(link, worker.own, options);
      if (libraryId === undefined) return worker.progress;
      await worker.serve(libraryId);
    }
  } finally {
    link.close();
  }
}

/** Waits until the owner of a library calls. @returns undefined when it was stopped before */
async function findLibrary(
  link: RedisLink,
  own: Own,
  { libraryId, signal, onNotice }: WorkerOptions,
): Promise<string | undefined> {
  let hasTold = false;
  while (!signal.aborted) {
    const calls = await callingLibraries(link).catch(noneWhileAway);
    const ids = [...calls.keys()].filter((id) => libraryId === undefined || id === libraryId);
    const [id, ...more] = ids;
    if (more.length > 0) {
      throw new AppError(
        'INVALID_ARGUMENT',
        `${link.place}: ${ids.length} libraries ask for workers, expected one; choose with --library: ${ids.join(', ')}`,
      );
    }
    const call = id === undefined ? undefined : calls.get(id);
    if (id !== undefined && call !== undefined) {
      checkOwn(own, readCallBody(call.body).requirements);
      return id;
    }
    if (!hasTold)
      onNotice?.(`${link.place}: no library asks for workers yet; waiting for one that is indexed`);
    hasTold = true;
    await delay(CALL_POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

interface Delivery {
  readonly run: string;
  readonly body: string;
  readonly consumer: BatchConsumer;
  readonly answers: BatchAnswers;
}

/** Who has reached the server once waits for its return. */
function noneWhileAway(error: unknown): ReadonlyMap<string, never> {
  if (isAppError(error, 'REDIS_UNAVAILABLE')) return new Map<string, never>();
  throw error;
}

class RemoteWorker {
  readonly own: Own;
  readonly #link: RedisLink;
  readonly #embedder: Embedder;
  readonly #rules: PathMap;
  readonly #options: WorkerOptions;
  readonly #encoders = new Map<string, LocalEncoder>();
  #stop: (error?: unknown) => void = () => undefined;
  #isStopping = false;
  #photos = 0;
  #others = 0;

  constructor(link: RedisLink, embedder: Embedder, rules: PathMap, options: WorkerOptions) {
    this.own = ownOf(embedder);
    this.#link = link;
    this.#embedder = embedder;
    this.#rules = rules;
    this.#options = options;
  }

  get progress(): WorkerProgress {
    return { photos: this.#photos, others: this.#others };
  }

  /**
   * Until it is to stop, or another library is in need of it.
   * @throws AppError LIBRARY_MISMATCH
   */
  async serve(libraryId: string): Promise<void> {
    const { name, signal } = this.#options;
    const stopped = new Promise<void>((resolve, reject) => {
      this.#stop = (error) => {
        this.#isStopping = true;
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    const onAbort = (): void => this.#stop();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#isStopping = signal.aborted;
    const answers = new BatchAnswers(this.#link, libraryId);
    const consumer = new BatchConsumer(this.#link, libraryId, {
      name,
      concurrency: BATCHES_AT_ONCE,
      isCurrent: async (run) => (await this.#persistently(() => answers.isCurrent(run))) ?? false,
      handler: async ({ run, body }) => this.#handle({ run, body, consumer, answers }),
    });
    const looking = setInterval(() => void this.#lookAround(libraryId), CALL_POLL_MS);
    try {
      if (!this.#isStopping) await stopped;
    } finally {
      clearInterval(looking);
      signal.removeEventListener('abort', onAbort);
      await consumer.close(true);
    }
  }

  /** Goes where one other library asks for work, when its own does no more. Never rejects. */
  async #lookAround(libraryId: string): Promise<void> {
    if (this.#options.libraryId !== undefined || this.#isStopping) return;
    try {
      const calls = await callingLibraries(this.#link);
      const [call, ...more] = calls.values();
      if (calls.has(libraryId) || call === undefined || more.length > 0) return;
      checkOwn(this.own, readCallBody(call.body).requirements);
      this.#stop();
    } catch {
      // A library of another model, or no server at this moment: it stays where it is.
    }
  }

  /** @returns false for a batch that asks for another model: it is left to others, and this worker ends */
  async #handle({ run, body, consumer, answers }: Delivery): Promise<boolean> {
    let batch: Batch;
    try {
      batch = readBatch(body);
      checkOwn(this.own, batch.requirements);
    } catch (error) {
      consumer.stop();
      this.#stop(error);
      return false;
    }
    const result = await this.#resultOf(batch);
    const { number } = batch;
    const answer = writeAnswer({ number, worker: this.#options.name, own: this.own, result });
    await this.#persistently(() => answers.push(run, answer));
    if ('outcomes' in result) this.#count(result.outcomes);
    return true;
  }

  async #resultOf(batch: Batch): Promise<WorkerResult> {
    try {
      return { outcomes: await this.#encode(batch) };
    } catch (error) {
      const code = isAppError(error) ? error.code : 'INTERNAL';
      this.#options.onNotice?.(`a batch failed: ${messageOf(error)}`);
      return { failure: { code, message: messageOf(error) } };
    }
  }

  async #encode({ items, requirements }: Batch): Promise<readonly PhotoOutcome[]> {
    const places = await Promise.all(items.map((item) => placeOf(item, this.#rules)));
    const readable = items.flatMap((item, index) => {
      const place = places[index];
      return typeof place === 'string' ? [{ ...item, path: place, ownerPath: item.path }] : [];
    });
    const found: PhotoOutcome[] = [];
    for await (const group of this.#encoderFor(requirements).encode(listed(readable))) {
      for (const { item, outcome } of group) found.push(inOwnersWords(outcome, item.path, item.ownerPath));
    }
    const outcomes = found.values();
    return places.map((place) => {
      if (typeof place !== 'string') return refusalOf(place);
      const { value } = outcomes.next();
      if (value === undefined) throw new Error('an encoder gave too few outcomes');
      return value;
    });
  }

  #encoderFor({ fileBytesMax, imagePixelsMax }: Batch['requirements']): LocalEncoder {
    const key = `${fileBytesMax} ${imagePixelsMax}`;
    const { concurrency } = this.#options;
    const encoder =
      this.#encoders.get(key) ??
      new LocalEncoder(this.#embedder, { fileBytesMax, imagePixelsMax, concurrency });
    this.#encoders.set(key, encoder);
    return encoder;
  }

  /** Until Redis is back, or the worker is to stop. */
  async #persistently<T>(work: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isAppError(error, 'REDIS_UNAVAILABLE')) throw error;
        if (this.#isStopping) return undefined;
        await delay(RETRY_MS);
      }
    }
  }

  #count(outcomes: readonly PhotoOutcome[]): void {
    const photos = outcomes.filter(({ kind }) => kind === 'photo').length;
    this.#photos += photos;
    this.#others += outcomes.length - photos;
    this.#options.onProgress?.(this.progress);
  }
}

/** The path on this machine, or why the file is not read: it is not there, not allowed, or not what the owner saw. */
async function placeOf(item: WorkItem, map: PathMap): Promise<string | AppError> {
  try {
    const place = await map.resolve(item.path);
    const { size, mtimeMs } = await stat(place);
    if (size === item.bytes && Math.abs(mtimeMs - item.modifiedMs) <= MODIFIED_TOLERANCE_MS) return place;
    return new AppError(
      'FILE_UNREADABLE',
      `${item.path}: is another file here (${place}) than where the library is; check --map`,
    );
  } catch (error) {
    if (isAppError(error)) return error;
    return new AppError('FILE_UNREADABLE', `${item.path}: cannot be read here (${messageOf(error)})`, {
      cause: error,
    });
  }
}

function inOwnersWords(outcome: PhotoOutcome, place: string, ownerPath: string): PhotoOutcome {
  if (outcome.kind !== 'refusal') return outcome;
  return { ...outcome, message: outcome.message.replaceAll(place, ownerPath) };
}

async function* listed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
