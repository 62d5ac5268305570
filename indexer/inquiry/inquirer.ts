/**
 * Asks questions about the whole library, one at a time, in a thread of their own: with a hundred thousand photos they take
 * a good part of a second, in which nothing else would be served.
 * Source: our own. Deviation: none.
 */
import { Worker, type Transferable } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../../model/index.ts';
import type { Store } from '../store/index.ts';
import { answerInquiry, type Answers, type Inquiries, type InquiryKind } from './inquiry.ts';

export interface InquiryMessage {
  readonly kind: InquiryKind;
  readonly asked: Inquiries[InquiryKind];
}

export type InquiryReply =
  | { readonly ok: true; readonly answer: Answers[InquiryKind] }
  | { readonly ok: false; readonly code: ErrorCode | null; readonly message: string };

export interface InquirerOptions {
  /** A library with fewer photos, or texts, is asked on the calling thread. Default 2000, some 10 ms; a thread needs 300 to start. */
  readonly threadFrom?: number;
}

const THREAD_FROM = 2000;

/** More than a page asks at once, of as many people as a machine serves. */
const WAITING_MAX = 32;

/** A thread has no window, so no origin either. */
const nothingMoved: readonly Transferable[] = [];

interface Waiting {
  readonly message: InquiryMessage;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: Answers[InquiryKind]) => void;
  readonly reject: (error: unknown) => void;
}

export class Inquirer {
  readonly #store: Store;
  readonly #threadFrom: number;
  readonly #waiting: Waiting[] = [];
  #asked: Waiting | undefined;
  #worker: Worker | undefined;
  #isClosed = false;

  constructor(store: Store, options: InquirerOptions = {}) {
    this.#store = store;
    this.#threadFrom = options.threadFrom ?? THREAD_FROM;
  }

  /** @throws AppError BUSY, ABORTED, and as the database does */
  async ask<Kind extends InquiryKind>(
    kind: Kind,
    asked: Inquiries[Kind],
    signal?: AbortSignal,
  ): Promise<Answers[Kind]> {
    if (this.#isClosed || signal?.aborted === true) throw stopped();
    if (this.#sizeOf(kind) < this.#threadFrom) return answerInquiry(this.#store, kind, asked);
    if (this.#waiting.length >= WAITING_MAX) {
      throw new AppError(
        'BUSY',
        `the library: ${WAITING_MAX} questions wait, expected fewer; try again in a moment`,
      );
    }
    // The thread answers what it was asked, and one at a time.
    return (await new Promise<Answers[InquiryKind]>((resolve, reject) => {
      this.#waiting.push({ message: { kind, asked }, signal, resolve, reject });
      this.#next();
    })) as Answers[Kind];
  }

  /** What has to be looked at. */
  #sizeOf(kind: InquiryKind): number {
    return kind === 'texts' ? this.#store.texts.lastId() : this.#store.totals().images;
  }

  /** Whoever waits is told that it was stopped. Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#fail(stopped());
    for (const { reject } of this.#waiting.splice(0)) reject(stopped());
    await worker?.terminate();
  }

  #next(): void {
    while (this.#asked === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (next.signal?.aborted === true) {
        next.reject(stopped());
        continue;
      }
      this.#asked = next;
      this.#worker ??= this.#start();
      // Who waits for an answer keeps the process alive, an idle thread does not.
      this.#worker.ref();
      this.#worker.postMessage(next.message, nothingMoved);
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./inquiry-worker.js', import.meta.url), {
      name: 'imglish inquiry',
      workerData: this.#store.file,
    });
    worker.on('message', (reply: InquiryReply) => {
      const asked = this.#asked;
      this.#asked = undefined;
      worker.unref();
      if (reply.ok) asked?.resolve(reply.answer);
      else
        asked?.reject(
          reply.code === null ? new Error(reply.message) : new AppError(reply.code, reply.message),
        );
      this.#next();
    });
    worker.once('error', (error) => this.#lost(worker, error));
    worker.once('exit', (code) => this.#lost(worker, new Error(`the inquiry thread ended with ${code}`)));
    return worker;
  }

  /** The next question starts another one. */
  #lost(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#fail(error);
    this.#next();
  }

  #fail(error: unknown): void {
    const asked = this.#asked;
    this.#asked = undefined;
    this.#worker = undefined;
    asked?.reject(error);
  }
}

function stopped(): AppError {
  return new AppError('ABORTED', 'the question was stopped');
}
