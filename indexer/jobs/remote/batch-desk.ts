/**
 * The owner's desk: batches that were given to workers, their answers, and what to do when none comes.
 * Source: our own. Deviation: none.
 *
 * A batch has a number of its own in this run, and the first answer to it that is believed counts; all others are
 * for nobody. So it does no harm that a batch is done twice: by a worker that was slow to show that it lives, after a
 * restart of Redis, or by this process meanwhile.
 */
import { AppError, isAppError, messageOf } from '../../../model/index.ts';
import type { PhotoOutcome, WorkItem } from '../../pipeline/photo-encoder.ts';
import { Limit } from '../../pipeline/stage.ts';
import type { BatchSender } from '../redis/batch-queue.ts';
import { believedOutcomes, readAnswer } from './answer.ts';
import { writeBatch, writeCall, type Requirements } from './protocol.ts';

export interface BatchDeskOptions {
  readonly sender: BatchSender;
  /** Unique; job ids begin with it. */
  readonly run: string;
  readonly requirements: Requirements;
  /** This process does it. */
  readonly doLocally: (items: readonly WorkItem[]) => Promise<readonly PhotoOutcome[]>;
  /** Whether this process does batches while Redis is away. */
  readonly localWork: boolean;
  readonly onNotice: (notice: string) => void;
  readonly onDone: (worker: string, outcomes: readonly PhotoOutcome[]) => void;
}

/** A file, and the contents of its size that the library has. */
export interface Question {
  readonly item: WorkItem;
  readonly known: readonly string[];
}

/** How often the owner says that it lives, counts workers, and looks after batches that nobody answers. */
const CARE_MS = 2000;

/** A batch that was sent so lately is left alone. */
const PATIENCE_MS = 4000;

/** A batch is given away so often; then this process does it. */
const TRIES_MAX = 3;

/** Redis may be away for so long; then a run that this process does not help with ends. */
const AWAY_MS_MAX = 20_000;

/** Batches that this process does at once: one is in the network, one is read, one waits. */
export const LOCAL_BATCHES = 3;

/** Notices about one worker. */
const COMPLAINTS_MAX = 3;

interface Pending {
  readonly number: number;
  readonly questions: readonly Question[];
  readonly resolve: (outcomes: readonly PhotoOutcome[]) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
  sentMs: number;
  /** It was not in Redis at the last look. */
  isMissing: boolean;
  /** This process does it. */
  local: Promise<void> | undefined;
}

export class BatchDesk {
  readonly #options: BatchDeskOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #localBatches = new Limit(LOCAL_BATCHES);
  /** Photos of broken batches: beside the one that ends workers, others would be taken for it. */
  readonly #suspects = new Limit(1);
  readonly #complaints = new Map<string, number>();
  #next = 0;
  #consumers = 1;
  #awaySinceMs: number | undefined;
  #hasTold = false;
  #end: { readonly reason: unknown } | undefined;
  #caring: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatchDeskOptions) {
    this.#options = options;
  }

  /** Workers of the library, this process included. */
  get consumers(): number {
    return this.#consumers;
  }

  /** @throws AppError REDIS_UNAVAILABLE */
  async open(): Promise<void> {
    const { sender } = this.#options;
    await sender.clear();
    await this.#publish();
    void sender.listen((answer) => this.#answered(answer));
    this.#timer = setInterval(() => {
      this.#caring ??= this.#care().finally(() => {
        this.#caring = undefined;
      });
    }, CARE_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.giveUp(new AppError('ABORTED', 'indexing has ended'));
    await this.#options.sender.close();
    await this.#caring;
  }

  /**
   * @returns one outcome each, in order
   * @throws AppError INFERENCE_FAILED (this process failed), REDIS_UNAVAILABLE, the reason of `giveUp`
   */
  ask(questions: readonly Question[]): Promise<readonly PhotoOutcome[]> {
    if (this.#end !== undefined) return Promise.reject(this.#end.reason);
    return new Promise((resolve, reject) => {
      const number = this.#next;
      this.#next += 1;
      const pending: Pending = {
        number,
        questions,
        resolve,
        reject,
        tries: 0,
        sentMs: 0,
        isMissing: false,
        local: undefined,
      };
      this.#pending.set(number, pending);
      if (this.#awaySinceMs !== undefined && this.#options.localWork) void this.#doInstead(pending);
      else void this.#send(pending);
    });
  }

  /** For a batch that this process took from the queue like any worker. */
  async consume(number: number): Promise<void> {
    const pending = this.#pending.get(number);
    if (pending !== undefined) await this.#doInstead(pending);
  }

  /** Fails what is under way, and whatever is asked from now on. */
  giveUp(reason: unknown): void {
    this.#end ??= { reason };
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  async #publish(): Promise<void> {
    const { sender, requirements } = this.#options;
    await sender.publish(writeCall({ requirements }));
  }

  async #send(pending: Pending): Promise<void> {
    const { sender, requirements } = this.#options;
    pending.sentMs = performance.now();
    pending.isMissing = false;
    const { number, questions } = pending;
    try {
      await sender.send(this.#idOf(pending), writeBatch({ number, requirements, questions }));
    } catch (error) {
      if (isAppError(error, 'REDIS_UNAVAILABLE')) this.#isAway(error);
      else this.#fail(pending, error);
    }
  }

  /** Once more, by whoever takes it; in the end by this process. */
  async #again(pending: Pending): Promise<void> {
    pending.tries += 1;
    if (pending.tries >= TRIES_MAX) await this.#doInstead(pending);
    else await this.#send(pending);
  }

  #idOf({ number, tries }: Pending): string {
    return `${this.#options.run}-${number}-${tries}`;
  }

  #doInstead(pending: Pending): Promise<void> {
    pending.local ??= this.#localBatches.run(async () => {
      // Somebody may have answered while it waited.
      if (!this.#pending.has(pending.number)) return;
      try {
        const outcomes = await this.#options.doLocally(pending.questions.map(({ item }) => item));
        this.#settle(pending, 'this process', outcomes);
      } catch (error) {
        this.#fail(pending, error);
      }
    });
    return pending.local;
  }

  #answered(body: string): void {
    const answer = readAnswer(body);
    // Nothing of ours, or a second answer.
    const pending = answer && this.#pending.get(answer.number);
    if (answer === undefined || pending === undefined) return;
    try {
      const { requirements } = this.#options;
      this.#settle(pending, answer.worker, believedOutcomes(answer, requirements, pending.questions.length));
    } catch (error) {
      this.#complain(answer.worker, messageOf(error));
      void this.#again(pending);
    }
  }

  #settle(pending: Pending, worker: string, outcomes: readonly PhotoOutcome[]): void {
    if (!this.#pending.delete(pending.number)) return;
    this.#options.onDone(worker, outcomes);
    pending.resolve(outcomes);
  }

  #fail(pending: Pending, error: unknown): void {
    if (this.#pending.delete(pending.number)) pending.reject(error);
  }

  /** Never rejects. */
  async #care(): Promise<void> {
    const { sender } = this.#options;
    try {
      if (sender.isAway) throw sender.unavailable();
      await this.#publish();
      this.#consumers = await sender.consumers();
      this.#awaySinceMs = undefined;
      this.#tellWhenAlone();
      await this.#lookAfter();
    } catch (error) {
      if (isAppError(error, 'REDIS_UNAVAILABLE')) this.#isAway(error);
      else this.giveUp(error);
    }
  }

  #isAway(error: AppError): void {
    this.#awaySinceMs ??= performance.now();
    if (this.#options.localWork) {
      for (const pending of this.#pending.values()) void this.#doInstead(pending);
    } else if (performance.now() - this.#awaySinceMs > AWAY_MS_MAX) this.giveUp(error);
  }

  async #lookAfter(): Promise<void> {
    const { sender } = this.#options;
    for (const pending of this.#pending.values()) {
      if (pending.local !== undefined || performance.now() - pending.sentMs < PATIENCE_MS) continue;
      const state = await sender.state(this.#idOf(pending));
      if (!this.#pending.has(pending.number)) continue;
      if (state === 'there') pending.isMissing = false;
      else if (state === 'broken') await this.#isBroken(pending);
      else if (!pending.isMissing) pending.isMissing = true;
      // Its answer may be on its way; if there is none, both were lost.
      else if ((await sender.waitingAnswers()) === 0) await this.#again(pending);
    }
  }

  /** Too many workers died over it: one by one they tell over which photo. */
  async #isBroken(pending: Pending): Promise<void> {
    await this.#options.sender.takeBack(this.#idOf(pending));
    const { questions } = pending;
    const [first] = questions;
    if (first !== undefined && questions.length === 1) {
      const message = `${first.item.path}: the workers that read it ended before they had finished; try it alone with "imglish index", or take it out of the folder`;
      this.#settle(pending, 'nobody', [
        { kind: 'refusal', code: 'INFERENCE_FAILED', message, isFinal: false },
      ]);
      return;
    }
    if (!this.#pending.delete(pending.number)) return;
    this.#oneByOne(questions).then(pending.resolve, pending.reject);
  }

  async #oneByOne(questions: readonly Question[]): Promise<readonly PhotoOutcome[]> {
    const outcomes: PhotoOutcome[] = [];
    for (const question of questions) {
      outcomes.push(...(await this.#suspects.run(() => this.ask([question]))));
    }
    return outcomes;
  }

  #tellWhenAlone(): void {
    if (this.#consumers > 0) this.#hasTold = false;
    else if (!this.#hasTold && this.#pending.size > 0) {
      this.#hasTold = true;
      this.#options.onNotice(
        'no worker is there to embed photos, so indexing waits; start one: imglish worker --redis <the same address>',
      );
    }
  }

  #complain(worker: string, message: string): void {
    const count = (this.#complaints.get(worker) ?? 0) + 1;
    this.#complaints.set(worker, count);
    if (count <= COMPLAINTS_MAX) {
      this.#options.onNotice(`an answer of worker "${worker}" was not used: ${message}`);
    }
  }
}
