/**
 * So many at a time, some more in a short queue, and everybody else is told at once to come back: a server that queues
 * without end answers everybody too late.
 * Source: Google SRE book, "Handling overload". Deviation: none.
 */
import { HttpProblem } from '../errors.ts';

export interface AdmissionLimits {
  /** Worked on at a time, at least 1. */
  readonly runningMax: number;
  /** In the queue, from 0. */
  readonly waitingMax: number;
  /** Who has waited so long is sent away, milliseconds. */
  readonly waitMsMax: number;
}

export interface AdmissionCounts {
  readonly running: number;
  readonly waiting: number;
  /** Since the start: let in, and sent away. */
  readonly admitted: number;
  readonly shed: number;
}

/** Says that the work is done, once. */
export type Leave = () => void;

interface Waiting {
  readonly since: number;
  readonly enter: (leave: Leave) => void;
  readonly refuse: (problem: HttpProblem) => void;
}

/** What is shed comes back, so the queue will have moved by then. */
const RETRY_AFTER_SECONDS = 1;

export class Admission {
  readonly name: string;
  readonly #limits: AdmissionLimits;
  /** in order of arrival */
  readonly #queue = new Set<Waiting>();
  #running = 0;
  #admitted = 0;
  #shed = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param name of the kind of work, for people */
  constructor(name: string, limits: AdmissionLimits) {
    this.name = name;
    this.#limits = limits;
  }

  get counts(): AdmissionCounts {
    return {
      running: this.#running,
      waiting: this.#queue.size,
      admitted: this.#admitted,
      shed: this.#shed,
    };
  }

  /** The refusal of one who need not even ask, because the queue is full. */
  refusal(): HttpProblem | undefined {
    const isFull = this.#running >= this.#limits.runningMax && this.#queue.size >= this.#limits.waitingMax;
    return isFull ? this.#full() : undefined;
  }

  /**
   * Calls one of the two, at once or later.
   * @returns withdraws who waits
   */
  enter(enter: (leave: Leave) => void, refuse: (problem: HttpProblem) => void): () => void {
    if (this.#running < this.#limits.runningMax && this.#queue.size === 0) {
      enter(this.#leave());
      return () => undefined;
    }
    if (this.#queue.size >= this.#limits.waitingMax) {
      refuse(this.#full());
      return () => undefined;
    }
    const waiting: Waiting = { since: performance.now(), enter, refuse };
    this.#queue.add(waiting);
    this.#watch();
    return () => void this.#queue.delete(waiting);
  }

  #leave(): Leave {
    this.#running += 1;
    this.#admitted += 1;
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#running -= 1;
      this.#next();
    };
  }

  #next(): void {
    this.#refuseLate();
    for (const first of this.#queue) {
      if (this.#running >= this.#limits.runningMax) return;
      this.#queue.delete(first);
      first.enter(this.#leave());
    }
  }

  /** The queue is in order of arrival, so those that waited too long stand first. */
  #refuseLate(): void {
    const latest = performance.now() - this.#limits.waitMsMax;
    for (const first of this.#queue) {
      if (first.since > latest) return;
      this.#queue.delete(first);
      first.refuse(this.#full());
    }
  }

  /** One timer for the whole queue. */
  #watch(): void {
    const [first] = this.#queue;
    if (first === undefined || this.#timer !== undefined) return;
    const restMs = first.since + this.#limits.waitMsMax - performance.now();
    // Rounded up, or it would come a fraction of a millisecond early and find nobody late.
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#refuseLate();
      this.#watch();
    }, Math.ceil(restMs));
  }

  #full(): HttpProblem {
    this.#shed += 1;
    const { runningMax, waitingMax } = this.#limits;
    return new HttpProblem(
      'BUSY',
      429,
      `${this.name}: ${this.#running} requests are worked on and ${this.#queue.size} wait, expected fewer than ${runningMax} and ${waitingMax}; try again after the seconds in Retry-After`,
      { 'Retry-After': String(RETRY_AFTER_SECONDS) },
    );
  }
}
