/**
 * The jobs that are done beside the page, and what the page shows of indexing.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  duplicatesParameters,
  indexParameters,
  openJobQueue,
  watchRoots,
  type IndexReport,
  type JobHandler,
  type JobQueue,
  type Library,
  type Settings,
} from '../../indexer/index.ts';
import { isAppError, messageOf, type Embedder } from '../../model/index.ts';
import type { SearchEngine } from '../../query/index.ts';
import type { IndexingStatus } from '../../web/index.ts';
import { hostJobs } from './job-host.ts';
import { nameOf } from './job-report.ts';
import { formatNumber, formatSeconds, note, printable } from './terminal.ts';
import { batchText } from './watch-command.ts';

/** What is done beside serving. */
export interface ServePlan {
  /** to index; none: those that were indexed before; null: the demo album */
  readonly folders: readonly string[] | null;
  /** Go on with what changes in them. */
  readonly watches: boolean;
}

const POLL_MS = 300;

/** Pictures of the demo album: enough that a search has to choose, few enough to paint in seconds. */
const DEMO_PICTURES = 240;

const idle: IndexingStatus = { state: 'idle', progress: null, report: null, message: null };

export class ServedJobs {
  readonly #library: Library;
  readonly #settings: Settings;
  readonly #queue: JobQueue;
  readonly #host: ReturnType<typeof hostJobs>;
  readonly #embedder: Embedder;
  readonly #signal: AbortSignal;
  #status: IndexingStatus = idle;

  private constructor(
    parts: { library: Library; embedder: Embedder; engine: SearchEngine; queue: JobQueue },
    settings: Settings,
    signal: AbortSignal,
  ) {
    this.#library = parts.library;
    this.#embedder = parts.embedder;
    this.#settings = settings;
    this.#queue = parts.queue;
    this.#signal = signal;
    this.#host = hostJobs(parts.library, parts.embedder, settings, {
      engine: parts.engine,
      onIndexProgress: (progress) => {
        this.#status = { ...idle, state: 'indexing', progress };
      },
      onIndexReport: (report) => this.#reported(report),
    });
  }

  /** @throws AppError as `openJobQueue` */
  static async open(
    parts: { readonly library: Library; readonly embedder: Embedder; readonly engine: SearchEngine },
    settings: Settings,
    signal: AbortSignal,
  ): Promise<ServedJobs> {
    const { redisUrl } = settings;
    const queue = await openJobQueue({ dataFolder: parts.library.dataFolder, redisUrl, onNotice: note });
    return new ServedJobs({ ...parts, queue }, settings, signal);
  }

  get queue(): JobQueue {
    return this.#queue;
  }

  get status(): IndexingStatus {
    return this.#status;
  }

  /**
   * Goes on with what an earlier process left, asks for the folders of the plan, and watches them until the signal.
   * Never rejects: a failure is part of the status, and the page goes on.
   */
  async run({ folders, watches }: ServePlan): Promise<void> {
    try {
      await this.#queue.work(this.#watched);
      const given = folders === null ? [await this.#paintDemo()] : folders;
      // Without a name: the folders of before, which may have changed.
      const roots = given.length > 0 ? given : this.#library.stats().roots;
      if (roots.length === 0) return;
      const { id } = await this.#queue.add('index', indexParameters(this.#settings, given));
      // Jobs are done in their order, so this one sees what is new.
      await this.#queue.add('find-duplicates', duplicatesParameters(this.#settings));
      if (!watches) return;
      await this.#ended(id);
      if (!this.#signal.aborted) await this.#watch(roots);
    } catch (error) {
      if (!isAppError(error, 'ABORTED')) this.#failed(messageOf(error));
    }
  }

  /** The running job goes back to the queue, for the next process. */
  async close(): Promise<void> {
    await this.#queue.close();
    await this.#host.close();
  }

  readonly #watched: JobHandler = async (job, context) => {
    try {
      return await this.#host.handler(job, context);
    } catch (error) {
      if (context.signal.aborted) this.#status = idle;
      else if (job.kind === 'index') this.#failed(messageOf(error));
      else note(`Failed: ${nameOf(job)}: ${printable(messageOf(error))}`);
      throw error;
    }
  };

  async #ended(id: string): Promise<void> {
    for (;;) {
      const state = (await this.#queue.get(id))?.state;
      if (state !== 'waiting' && state !== 'running') return;
      await delay(POLL_MS, undefined, { signal: this.#signal }).catch(() => undefined);
      if (this.#signal.aborted) return;
    }
  }

  /** Until the server ends. */
  async #watch(roots: readonly string[]): Promise<void> {
    const { excludeFolders, excludeGlobs, followSymlinks, keepMissing } = this.#settings;
    const { fileBytesMax, imagePixelsMax, pollSeconds } = this.#settings;
    const watcher = await watchRoots(this.#library, this.#embedder, {
      roots,
      excludeFolders,
      excludeGlobs,
      followSymlinks,
      keepMissing,
      fileBytesMax,
      imagePixelsMax,
      pollSeconds,
      onProgress: (progress) => {
        this.#status = { ...idle, state: 'indexing', progress };
      },
      onBatch: (batch) => {
        this.#status = { ...idle, report: batch.report };
        if (batch.isNews) note(batchText(batch));
      },
      onNotice: note,
    });
    note(`Watching ${watcher.roots.map((root) => printable(root)).join(', ')}.`);
    const close = (): void => void watcher.close();
    this.#signal.addEventListener('abort', close, { once: true });
    if (this.#signal.aborted) close();
    await watcher.finished;
  }

  async #paintDemo(): Promise<string> {
    const folder = path.join(this.#library.dataFolder, 'album');
    note('No photos yet, so here is a painted demo album. Your own: npm start -- /path/to/photos');
    this.#status = { ...idle, state: 'indexing', message: 'Painting the demo album' };
    const { renderAlbum } = await import('../demo-album/index.ts');
    await renderAlbum({ folder, count: DEMO_PICTURES, signal: this.#signal });
    return folder;
  }

  #reported(report: IndexReport): void {
    this.#status = { ...idle, report };
    note(
      `Indexed ${formatNumber(report.found)} photos in ${formatSeconds(report.seconds)}: ` +
        `${formatNumber(report.added)} new, ${formatNumber(report.skippedCount)} skipped.`,
    );
  }

  #failed(message: string): void {
    this.#status = { ...idle, state: 'failed', message };
    note(`Indexing failed: ${message}`);
  }
}
