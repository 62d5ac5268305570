/**
 * HEIC files to pixels, beside the event loop: threads that start when they are needed and end when idle.
 * Source: our own, over heic-worker.ts. Deviation: none.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { HeicAnswer, HeicRequest } from './heic-worker.ts';

/**
 * Measured with libheif-js 1.23: 12 megapixels take 0.7 s of a processor and 140 MB, 48 megapixels 4.7 s and
 * 490 MB. More threads than these would want more memory than a small server has.
 */
const WORKERS_MAX = Math.min(4, availableParallelism());

/** A hostile file must not hold a thread for ever; 48 megapixels take some 5 s. */
const DECODE_MS_MAX = 120_000;

/** The memory of WebAssembly never shrinks: after this long without work it is given back. */
const IDLE_MS = 10_000;

/** After a picture of more bytes than this the memory is given back at once. */
const KEEP_BYTES_MAX = 150_000_000;

/** The file is at fault, or the decoder could not cope with it. */
export class HeicError extends Error {}

/**
 * @returns an uncompressed TIFF, RGB or RGBA of 8 bits, upright, with the profile
 * @throws HeicError
 */
export async function decodeHeic(request: HeicRequest): Promise<Uint8Array> {
  return freest().decode(request);
}

/** One thread and the files that wait for it. */
class HeicThread {
  waiting = 0;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  async decode(request: HeicRequest): Promise<Uint8Array> {
    this.waiting += 1;
    const turn = this.#last.then(() => this.#decode(request));
    // The next in line waits for the end of this one, good or bad.
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.waiting -= 1;
    }
  }

  async #decode(request: HeicRequest): Promise<Uint8Array> {
    clearTimeout(this.#idle);
    this.#worker ??= new Worker(new URL('./heic-worker.js', import.meta.url), {
      name: 'imglish heic',
      // Flags for the program (an --input-type, a loader) are not meant for this thread.
      execArgv: [],
    });
    const worker = this.#worker;
    // While a file is decoded the process stays; an idle thread does not keep it.
    worker.ref();
    const reply = await ask(worker, request);
    if (reply.kind === 'broken' || (reply.kind === 'tiff' && reply.tiff.length > KEEP_BYTES_MAX)) {
      this.#worker = undefined;
      await worker.terminate();
    } else {
      worker.unref();
      this.#endWhenIdle();
    }
    if (reply.kind === 'tiff') return reply.tiff;
    throw new HeicError(reply.message);
  }

  #endWhenIdle(): void {
    this.#idle = setTimeout(() => {
      const worker = this.#worker;
      this.#worker = undefined;
      void worker?.terminate();
    }, IDLE_MS);
    this.#idle.unref();
  }
}

const threads: readonly HeicThread[] = Array.from({ length: WORKERS_MAX }, () => new HeicThread());

function freest(): HeicThread {
  const [first, ...others] = threads;
  if (first === undefined) throw new Error('there is at least one processor');
  return others.reduce((best, thread) => (thread.waiting < best.waiting ? thread : best), first);
}

/** Never rejects. */
function ask(worker: Worker, request: HeicRequest): Promise<HeicAnswer> {
  return new Promise((resolve) => {
    const finish = (reply: HeicAnswer): void => {
      clearTimeout(timer);
      worker.off('message', finish);
      worker.off('error', onError);
      worker.off('exit', onExit);
      resolve(reply);
    };
    const broken = (message: string): void => {
      finish({ kind: 'broken', message });
    };
    const onError = (error: unknown): void => {
      broken(error instanceof Error ? error.message : String(error));
    };
    const onExit = (): void => {
      broken('the decoder ended without an answer');
    };
    const timer = setTimeout(() => {
      broken(`it was not decoded within ${DECODE_MS_MAX / 1000} s`);
    }, DECODE_MS_MAX);
    worker.on('message', finish);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(request, []);
  });
}
