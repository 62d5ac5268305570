/**
 * `imglish serve`: the page, and indexing beside it.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import path from 'node:path';
import { Command } from 'commander';
import { indexPhotos, type Library, type Settings } from '../../indexer/index.ts';
import { isAppError, messageOf, type Embedder } from '../../model/index.ts';
import { createApp, serve, type IndexingStatus } from '../../web/index.ts';
import { renderAlbum } from '../demo-album/index.ts';
import { changeModel, changeText, openEngine } from './change-model.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import { formatNumber, formatSeconds, interruptible, note } from './terminal.ts';

/** Pictures of the demo album: enough that a search has to choose, few enough to paint in seconds. */
const DEMO_PICTURES = 240;

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve the search page; folders given here are indexed meanwhile')
    .argument('[folders...]', 'folders of photos to index')
    .option('--demo', 'paint and index a demo album if the library is empty and no folder is given')
    .action(async (folders: string[]) => {
      await run(command, folders);
    });
  return settingOptions(command, [
    ...modelSettings,
    'host',
    'port',
    'maxFile',
    'maxPixels',
    'excludeDir',
    'exclude',
    'followSymlinks',
    'keepMissing',
  ]);
}

async function run(command: Command, folders: readonly string[]): Promise<void> {
  const settings = settingsOf(command);
  await interruptible(async (signal) => {
    const embedder = await openModel(settings, { preload: ['text'], onNotice: note });
    await using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'write');
      const isDemo =
        command.opts<{ demo?: boolean }>().demo === true &&
        folders.length === 0 &&
        library.stats().roots.length === 0;
      if (!isDemo) return using([library], () => serveLibrary(library, embedder, settings, folders, signal));
      await library.close();
      const demo = await openLibrary(demoSettings(settings), embedder, 'write');
      return using([demo], () => serveLibrary(demo, embedder, settings, null, signal));
    });
  });
}

/** The demo has a library of its own, so that its pictures never stand among somebody's photos. */
function demoSettings(settings: Settings): Settings {
  return { ...settings, dataFolder: path.join(settings.dataFolder, 'demo') };
}

/** @param folders to index beside serving; null: the demo album */
async function serveLibrary(
  library: Library,
  embedder: Embedder,
  settings: Settings,
  folders: readonly string[] | null,
  signal: AbortSignal,
): Promise<void> {
  const indexing = new Indexing(library, embedder, settings, signal);
  const searching = await openEngine(library, embedder, settings);
  await using([searching], async () => {
    const { engine } = searching;
    const server = await serve(createApp({ library, engine, status: () => indexing.status }), settings);
    note(`\n  Imglish is ready: ${server.url}\n`);
    const work = indexing.run(folders);
    await aborted(signal);
    await server.close();
    await work;
  });
}

/** Indexes beside the server, and tells how far it is. */
class Indexing {
  readonly #library: Library;
  readonly #embedder: Embedder;
  readonly #settings: Settings;
  readonly #signal: AbortSignal;
  #status: IndexingStatus = { state: 'idle', progress: null, report: null, message: null };

  constructor(library: Library, embedder: Embedder, settings: Settings, signal: AbortSignal) {
    this.#library = library;
    this.#embedder = embedder;
    this.#settings = settings;
    this.#signal = signal;
  }

  get status(): IndexingStatus {
    return this.#status;
  }

  /** Never rejects: a failure is part of the status, and the page goes on. */
  async run(folders: readonly string[] | null): Promise<void> {
    try {
      const roots = folders === null ? [await this.#paintDemo()] : this.#rootsOr(folders);
      if (roots.length > 0) await this.#index(roots);
    } catch (error) {
      if (isAppError(error, 'ABORTED')) return;
      const message = messageOf(error);
      this.#status = { state: 'failed', progress: null, report: null, message };
      note(`Indexing failed: ${message}`);
    }
  }

  /** The folders of before, which may have changed, where none is named. */
  #rootsOr(folders: readonly string[]): readonly string[] {
    return folders.length > 0 ? folders : this.#library.stats().roots;
  }

  async #paintDemo(): Promise<string> {
    const folder = path.join(this.#library.dataFolder, 'album');
    note('No photos yet, so here is a painted demo album. Your own: npm start -- /path/to/photos');
    this.#status = { state: 'indexing', progress: null, report: null, message: 'Painting the demo album' };
    await renderAlbum({ folder, count: DEMO_PICTURES, signal: this.#signal });
    return folder;
  }

  async #index(roots: readonly string[]): Promise<void> {
    const { excludeFolders, excludeGlobs, followSymlinks, keepMissing } = this.#settings;
    const { fileBytesMax, imagePixelsMax } = this.#settings;
    const report = await indexPhotos(this.#library, this.#embedder, {
      roots,
      excludeFolders,
      excludeGlobs,
      followSymlinks,
      keepMissing,
      fileBytesMax,
      imagePixelsMax,
      signal: this.#signal,
      onProgress: (progress) => {
        this.#status = { state: 'indexing', progress, report: null, message: null };
      },
    });
    this.#status = { state: 'idle', progress: null, report, message: null };
    note(
      `Indexed ${formatNumber(report.found)} photos in ${formatSeconds(report.seconds)}: ` +
        `${formatNumber(report.added)} new, ${formatNumber(report.skippedCount)} skipped.`,
    );
    const change = await changeModel(this.#library, this.#embedder, this.#settings, this.#signal);
    if (change !== null) note(changeText(change));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
