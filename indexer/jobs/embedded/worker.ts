/**
 * Takes jobs from jobs.sqlite, one after the other.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../model/index.ts';
import type { LibraryLock } from '../../store/index.ts';
import type { JobHandler, JobRecord, JobWorker } from '../job-queue.ts';
import { nextTry } from '../retry-rules.ts';
import { RunningJob, type JobJournal, type JobOutcome } from '../running-job.ts';
import type { JobTable, TakenJob } from './job-table.ts';

/** Other processes are heard of by looking; a look is a read of a few microseconds. */
const POLL_MS = 250;

/** After a database that could not be written, for a full disk or a busy one. */
const TROUBLE_MS = 1000;

export interface EmbeddedWorkerOptions {
  readonly table: JobTable;
  /** Held; released at the end. */
  readonly lock: LibraryLock;
  readonly handler: JobHandler;
  readonly onNotice: (notice: string) => void;
}

export class EmbeddedWorker implements JobWorker {
  readonly #options: EmbeddedWorkerOptions;
  readonly #work: Promise<void>;
  #running: { readonly id: string; readonly job: RunningJob } | undefined;
  #isClosing = false;
  #trouble = '';
  #wake: () => void = () => undefined;

  constructor(options: EmbeddedWorkerOptions) {
    this.#options = options;
    this.#work = this.#loop();
  }

  /** Something changed in this process: what runs is looked at now, what waits is taken now. */
  changed(): void {
    this.#wake();
    // A look that fails is made again by the next tick.
    this.#running?.job.look().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#running?.job.interrupt('closing');
    this.#wake();
    await this.#work;
  }

  async #loop(): Promise<void> {
    const { table, lock } = this.#options;
    await this.#persist(() => table.putAllBack());
    while (!this.#isClosing) {
      const taken = this.#take();
      if (taken === undefined) await this.#pause(POLL_MS);
      else await this.#run(taken);
    }
    lock.release();
  }

  #take(): TakenJob | undefined {
    try {
      const taken = this.#options.table.take();
      this.#trouble = '';
      return taken;
    } catch (error) {
      this.#say(error);
      return undefined;
    }
  }

  async #run({ record, failures }: TakenJob): Promise<void> {
    const job = new RunningJob(record, this.#journal(record));
    this.#running = { id: record.id, job };
    if (this.#isClosing) job.interrupt('closing');
    const outcome = await job.run(this.#options.handler);
    this.#running = undefined;
    await this.#persist(() => this.#settle(record, failures, outcome));
  }

  #settle(record: JobRecord, failures: number, outcome: JobOutcome): void {
    const { table } = this.#options;
    switch (outcome.kind) {
      case 'done':
        table.done(record, outcome.result);
        break;
      case 'failed':
        table.failed(record, outcome, nextTry(outcome.code, failures, outcome.ranMs));
        break;
      case 'interrupted':
        // Paused and cancelled are written already, by whoever wanted it.
        if (outcome.by === 'closing') table.putBack(record);
        break;
    }
  }

  #journal({ id }: JobRecord): JobJournal {
    const { table } = this.#options;
    return {
      progress: async (progress) => table.progress(Number(id), progress),
      skips: async (skips) => table.addSkips(Number(id), skips),
      wish: async () => {
        const state = table.state(Number(id));
        if (state === 'running') return undefined;
        // Paused and resumed between two looks is `waiting`: it begins anew, as the list says.
        return state === undefined || state === 'cancelled' ? 'cancelled' : 'paused';
      },
    };
  }

  /** The end of a job must be written; where it never can, the next worker finds the job `running` and goes on. */
  async #persist(write: () => void): Promise<void> {
    for (;;) {
      try {
        write();
        return;
      } catch (error) {
        this.#say(error);
        if (this.#isClosing) return;
        await this.#pause(TROUBLE_MS);
      }
    }
  }

  /** The same trouble is one line, not one a second. */
  #say(error: unknown): void {
    const message = messageOf(error);
    if (message !== this.#trouble) this.#options.onNotice(`Jobs cannot be written down: ${message}`);
    this.#trouble = message;
  }

  async #pause(milliseconds: number): Promise<void> {
    const controller = new AbortController();
    this.#wake = () => controller.abort();
    if (this.#isClosing) return;
    await delay(milliseconds, undefined, { signal: controller.signal }).catch(() => undefined);
  }
}
