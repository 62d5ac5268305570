/**
 * A running graph: one onnxruntime session in a thread of its own.
 * Source: our own, over session-worker.ts. Deviation: none.
 */
import { Worker } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import { AppError } from '../errors.ts';
import type { RunResult, TensorData, WorkerReply, WorkerRequest } from './session-messages.ts';

/** The request without its number. */
type Body = WorkerRequest extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never;

interface Waiting {
  readonly resolve: (value: RunResult) => void;
  readonly reject: (error: Error) => void;
}

export class Session {
  readonly #worker: Worker;
  readonly #place: string;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #closing: Promise<void> | undefined;
  #failure: Error | undefined;

  private constructor(place: string) {
    this.#place = place;
    this.#worker = new Worker(new URL('./session-worker.js', import.meta.url), {
      name: `imglish ${place}`,
      // Flags for the program (an --input-type, a loader) are not meant for this thread.
      execArgv: [],
    });
    this.#worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the inference thread has ended')));
    // A process may end while nothing runs; see #send for the time when something does.
    this.#worker.unref();
  }

  /** @param file an .onnx file; its external data is found beside it */
  static async load(file: string, options: InferenceSession.SessionOptions): Promise<Session> {
    const session = new Session(file);
    try {
      await session.#send({ kind: 'load', file, options });
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /**
   * Runs the graph. The buffers of the feeds are handed over: they are empty afterwards.
   * @throws AppError INFERENCE_FAILED
   */
  run(feeds: Readonly<Record<string, TensorData>>): Promise<RunResult> {
    if (this.#closing !== undefined) {
      return Promise.reject(new AppError('INFERENCE_FAILED', `${this.#place}: the session is closed`));
    }
    return this.#send({ kind: 'run', feeds });
  }

  /** Waits for the runs that were asked for, then frees the session and its thread. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#failure !== undefined) return;
    const ended = new Promise<void>((resolve) => {
      this.#worker.once('exit', () => resolve());
    });
    this.#worker.ref();
    await this.#send({ kind: 'close' });
    await ended;
  }

  #send(body: Body): Promise<RunResult> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const transfer =
      body.kind === 'run' ? Object.values(body.feeds).map((tensor) => tensor.data.buffer as ArrayBuffer) : [];
    return new Promise((resolve, reject) => {
      // While an answer is due the thread keeps the process alive: ending inside a run would abort it.
      this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...body, id }, transfer);
    });
  }

  #settle(reply: WorkerReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    // Somebody who closes waits for the thread's end, which must not be cut off by the end of the process.
    if (this.#waiting.size === 0 && this.#closing === undefined) this.#worker.unref();
    if (reply.ok) waiting.resolve(reply.value);
    else waiting.reject(new AppError('INFERENCE_FAILED', `${this.#place}: ${reply.message}`));
  }

  #fail(cause: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = new AppError('INFERENCE_FAILED', `${this.#place}: ${cause.message}`, { cause });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}
