/**
 * Batches of work from the owner of a library to its workers, and their answers back, over Redis.
 * Source: BullMQ's documentation (stalled jobs, manual moves). Deviation: answers do not travel as BullMQ's return
 * values, which its stream of events would keep; they come in a list of the run that asked, so that those for a dead
 * run are never read and expire.
 *
 * Who can write to this Redis can put vectors into the library and have workers read pictures: it must be private.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Queue, WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { isAppError, type AppError } from '../../../model/index.ts';
import type { RedisLink } from './connection.ts';

/** A worker shows that it lives this often, and is dead when it has not for the second of these. */
const RENEW_MS = 1500;
const LOCK_MS = 4000;

/**
 * Workers look for dead ones this often: a batch is taken again 2.5 to 5.5 seconds after its worker died.
 */
const STALLED_CHECK_MS = 1500;

/** A batch whose workers died more often than this is broken: it fails, and its owner finds out which photo it is. */
const DEATHS_MAX = 2;

/** A consumer that lost its connection asks again after this. */
const RETRY_MS = 1000;

/** The call of an owner that does not renew it is void after this; so are answers that nobody fetches. */
const CALL_SECONDS = 10;
const ANSWERS_SECONDS = 600;

/** The wait of the owner for an answer, in seconds; then it looks whether it is closing. */
const ANSWER_WAIT_SECONDS = 2;

/** After its last answer a worker has so long to cross the batch off. */
const CROSS_OFF_MS = 100;

const PREFIX = 'imglish';
const LIBRARIES = `${PREFIX}:libraries`;

const callKey = (libraryId: string): string => `${PREFIX}:${libraryId}:call`;
const answersKey = (libraryId: string, run: string): string => `${PREFIX}:${libraryId}:answers:${run}`;
/** Part of BullMQ's keys, which have the prefix before it. */
const queueName = (libraryId: string): string => `photos-${libraryId}`;

/** How a batch travels: which run it belongs to, and a text that only owner and workers understand. */
const envelopeSchema = z.object({ run: z.string(), body: z.string() });
type Envelope = z.infer<typeof envelopeSchema>;

/** `gone`: answered, or lost with the memory of a server. `broken`: too many workers died over it. */
export type BatchState = 'there' | 'gone' | 'broken';

/** The side of the owner. */
export class BatchSender {
  readonly #link: RedisLink;
  readonly #libraryId: string;
  readonly #run: string;
  readonly #queue: Queue<Envelope>;
  #isClosing = false;

  constructor(link: RedisLink, libraryId: string, run: string) {
    this.#link = link;
    this.#libraryId = libraryId;
    this.#run = run;
    this.#queue = new Queue(queueName(libraryId), {
      connection: link.commands,
      prefix: PREFIX,
      streams: { events: { maxLen: 100 } },
    });
    this.#queue.on('error', (error) => link.failed(error));
  }

  /** Known at once; a command would find out after several attempts. */
  get isAway(): boolean {
    return this.#link.commands.status !== 'ready';
  }

  /** For whoever learned of it by `isAway`. */
  unavailable(): AppError {
    return this.#link.unavailable('the connection was lost');
  }

  /** Takes back what a dead owner left; what its workers still do is answered to nobody. */
  async clear(): Promise<void> {
    await this.#link.reach(async () => {
      await this.#queue.drain();
      await this.#queue.clean(0, 0, 'failed');
    });
  }

  /** Says what is asked of workers, and that this run lives. */
  async publish(call: string): Promise<void> {
    const value = JSON.stringify({ run: this.#run, body: call } satisfies Envelope);
    await this.#link.reach(() =>
      this.#link.commands
        .multi()
        .sadd(LIBRARIES, this.#libraryId)
        .set(callKey(this.#libraryId), value, 'EX', CALL_SECONDS)
        .exec(),
    );
  }

  /** @param id of a batch, never used before */
  async send(id: string, body: string): Promise<void> {
    const options = { jobId: id, removeOnComplete: true, attempts: 1 };
    await this.#link.reach(() => this.#queue.add('batch', { run: this.#run, body }, options));
  }

  async state(id: string): Promise<BatchState> {
    const state = await this.#link.reach(() => this.#queue.getJobState(id));
    if (state === 'failed') return 'broken';
    return state === 'unknown' || state === 'completed' ? 'gone' : 'there';
  }

  /** Nothing happens where a worker has it. */
  async takeBack(id: string): Promise<void> {
    await this.#link.reach(() => this.#queue.remove(id)).catch(ignoreRefusal);
  }

  /** Answers that came and were not fetched yet. */
  waitingAnswers(): Promise<number> {
    return this.#link.reach(() => this.#link.commands.llen(answersKey(this.#libraryId, this.#run)));
  }

  /** Consumers of the queue, the owner's own included. */
  consumers(): Promise<number> {
    return this.#link.reach(() => this.#queue.getWorkersCount());
  }

  /**
   * Ends when closed.
   * @param onAnswer is called with every answer, one after the other; must not throw
   */
  async listen(onAnswer: (answer: string) => void): Promise<void> {
    const connection = this.#link.connect('worker');
    const key = answersKey(this.#libraryId, this.#run);
    while (!this.#isClosing) {
      try {
        const found = await connection.blpop(key, ANSWER_WAIT_SECONDS);
        if (found !== null) onAnswer(found[1]);
      } catch (error) {
        // The connection comes back by itself; an answer that was lost on the way is asked for again.
        this.#link.failed(error);
        await delay(RETRY_MS);
      }
    }
  }

  /** Takes back what is waiting. The link stays open until `link.close()`, which ends the listening. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.isAway) return;
    await this.#link
      .reach(async () => {
        await this.#queue.drain();
        await this.#link.commands.del(callKey(this.#libraryId), answersKey(this.#libraryId, this.#run));
      })
      .catch(ignoreAway);
  }
}

/** @returns false: not for this consumer, another one shall have it; throwing is a mistake of ours */
export type BatchHandler = (batch: { readonly run: string; readonly body: string }) => Promise<boolean>;

export interface ConsumerOptions {
  /** Batches at once. */
  readonly concurrency: number;
  /** How others see it in Redis. */
  readonly name: string;
  readonly handler: BatchHandler;
  /** Asked before each batch; others are dropped. */
  readonly isCurrent: (run: string) => Promise<boolean>;
}

/** Whoever does batches: a worker on another machine, or the owner beside it. */
export class BatchConsumer {
  readonly #options: ConsumerOptions;
  readonly #connection: Redis;
  readonly #worker: Worker<Envelope>;
  readonly #active = new Set<Promise<void>>();
  #isStopping = false;
  #closing: Promise<void> | undefined;

  constructor(link: RedisLink, libraryId: string, options: ConsumerOptions) {
    this.#options = options;
    const handle = async (job: Job<Envelope>, token?: string): Promise<void> => {
      const work = this.#handle(job, token);
      this.#active.add(work);
      try {
        await work;
      } finally {
        this.#active.delete(work);
      }
    };
    this.#connection = link.connect('worker');
    this.#worker = new Worker<Envelope>(queueName(libraryId), handle, {
      connection: this.#connection,
      prefix: PREFIX,
      // Becomes the name of a connection, in which Redis accepts no spaces.
      name: encodeURIComponent(options.name),
      concurrency: options.concurrency,
      lockDuration: LOCK_MS,
      lockRenewTime: RENEW_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: DEATHS_MAX,
      runRetryDelay: RETRY_MS,
    });
    // Also told of batches that were taken over by others, or taken back, which is no failure.
    this.#worker.on('error', (error) => link.failed(error));
  }

  /** Takes no more; what it does meanwhile goes on. */
  stop(): void {
    this.#isStopping = true;
    // A failure is that of the server; what is taken nevertheless is given back.
    this.#worker.pause(true).catch(() => undefined);
  }

  /** @param isPatient waits for the batches under way; else they are given up, and others take them */
  close(isPatient: boolean): Promise<void> {
    this.#closing ??= this.#close(isPatient);
    return this.#closing;
  }

  async #close(isPatient: boolean): Promise<void> {
    this.stop();
    if (isPatient) {
      while (this.#active.size > 0) await Promise.allSettled(this.#active);
      // What is done is also crossed off; where that comes too late, another worker learns that it was answered.
      if (this.#connection.status === 'ready') await delay(CROSS_OFF_MS);
    }
    // BullMQ's own patience would wait for a server that is gone, for ever.
    await this.#worker.close(true);
  }

  async #handle(job: Job<Envelope>, token: string | undefined): Promise<void> {
    const { handler, isCurrent } = this.#options;
    const envelope = envelopeSchema.safeParse(job.data);
    // Not written by an owner of ours; dropped, as what belongs to a run that is no more.
    if (!envelope.success || !(await isCurrent(envelope.data.run))) return;
    if (!this.#isStopping && (await handler(envelope.data))) return;
    await job.moveToWait(token);
    throw new WaitingError();
  }
}

/** The side of a worker beside its consumer. */
export class BatchAnswers {
  readonly #link: RedisLink;
  readonly #libraryId: string;

  constructor(link: RedisLink, libraryId: string) {
    this.#link = link;
    this.#libraryId = libraryId;
  }

  async push(run: string, answer: string): Promise<void> {
    const key = answersKey(this.#libraryId, run);
    await this.#link.reach(() =>
      this.#link.commands.multi().rpush(key, answer).expire(key, ANSWERS_SECONDS).exec(),
    );
  }

  async isCurrent(run: string): Promise<boolean> {
    return (await readCall(this.#link, this.#libraryId))?.run === run;
  }
}

/** What the owner of a library asks for at this moment; undefined while it asks for nothing. */
export async function readCall(link: RedisLink, libraryId: string): Promise<Envelope | undefined> {
  const value = await link.reach(() => link.commands.get(callKey(libraryId)));
  if (value === null) return undefined;
  return envelopeSchema.safeParse(JSON.parse(value)).data;
}

/** Libraries whose owners ask for work at this moment, by id. */
export async function callingLibraries(link: RedisLink): Promise<ReadonlyMap<string, Envelope>> {
  const ids = await link.reach(() => link.commands.smembers(LIBRARIES));
  const calls = new Map<string, Envelope>();
  for (const id of ids) {
    const call = await readCall(link, id);
    if (call !== undefined) calls.set(id, call);
  }
  return calls;
}

/** BullMQ refuses to remove what a worker has. */
function ignoreRefusal(error: unknown): void {
  if (isAppError(error)) throw error;
}

function ignoreAway(error: unknown): void {
  if (!isAppError(error, 'REDIS_UNAVAILABLE')) throw error;
}
