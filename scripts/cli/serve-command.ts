/**
 * `imglish serve`: the page, and the jobs of the library beside it.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { homedir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { readApiKeys, type Library, type Settings } from '../../indexer/index.ts';
import type { Embedder } from '../../model/index.ts';
import { LookupEngine } from '../../query/index.ts';
import type { FolderRules, ServerLog } from '../../web/index.ts';
import { openEngine } from './change-model.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import { ServedJobs, type ServePlan } from './served-jobs.ts';
import { interruptible, note, redirectNotes } from './terminal.ts';

interface Flags {
  readonly demo?: boolean;
  readonly watch?: boolean;
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .description(
      'serve the search page and do the jobs of the library; folders given here are indexed meanwhile',
    )
    .argument('[folders...]', 'folders of photos to index')
    .option('--watch', 'go on watching the folders, and index what changes in them within seconds')
    .option('--demo', 'paint and index a demo album if the library is empty and no folder is given')
    .action(async (folders: string[]) => {
      await run(command, folders);
    });
  return settingOptions(command, [
    ...modelSettings,
    'host',
    'port',
    'allowHost',
    'allowFolder',
    'apiKeys',
    'apiKeysFile',
    'insecure',
    'allowImageUrls',
    'log',
    'logLevel',
    'maxFile',
    'maxPixels',
    'excludeDir',
    'exclude',
    'followSymlinks',
    'keepMissing',
    'threshold',
    'poll',
    'concurrency',
    'localWork',
    'redis',
  ]);
}

async function run(command: Command, folders: readonly string[]): Promise<void> {
  const settings = await withKeysOfFile(settingsOf(command));
  const { refuseStrangers, ServerLog } = await import('../../web/index.ts');
  // Before anything is loaded.
  refuseStrangers(settings.apiKeys.length > 0, settings);
  const log = new ServerLog({ form: settings.logForm, level: settings.logLevel });
  // Programs that read the log shall find nothing else between its lines.
  if (log.isJson) redirectNotes((line) => log.notice(line));
  try {
    await serveUntilStopped(command, folders, { settings, log });
  } finally {
    redirectNotes(null);
    log.close();
  }
}

async function serveUntilStopped(
  command: Command,
  folders: readonly string[],
  { settings, log }: { readonly settings: Settings; readonly log: ServerLog },
): Promise<void> {
  await interruptible(async (signal) => {
    const embedder = await openModel(settings, { preload: ['text'], onNotice: note });
    await using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'write');
      const { demo: wantsDemo = false, watch: watches = false } = command.opts<Flags>();
      const isDemo = wantsDemo && folders.length === 0 && library.stats().roots.length === 0;
      const plan = { folders, watches, log };
      if (!isDemo) return using([library], () => serveLibrary(library, embedder, settings, plan, signal));
      await library.close();
      const demo = await openLibrary(demoSettings(settings), embedder, 'write');
      const demoPlan = { folders: null, watches, log };
      return using([demo], () => serveLibrary(demo, embedder, settings, demoPlan, signal));
    });
  });
}

async function withKeysOfFile(settings: Settings): Promise<Settings> {
  const { apiKeysFile, apiKeys } = settings;
  if (apiKeysFile === null) return settings;
  return { ...settings, apiKeys: [...apiKeys, ...(await readApiKeys(apiKeysFile))] };
}

/** The demo has a library of its own, so that its pictures never stand among somebody's photos. */
function demoSettings(settings: Settings): Settings {
  return { ...settings, dataFolder: path.join(settings.dataFolder, 'demo') };
}

async function serveLibrary(
  library: Library,
  embedder: Embedder,
  settings: Settings,
  plan: ServePlan & { readonly log: ServerLog },
  signal: AbortSignal,
): Promise<void> {
  const searching = await openEngine(library, embedder, settings);
  await using([searching], async () => {
    const { engine } = searching;
    const jobs = await ServedJobs.open({ library, embedder, engine }, settings, signal);
    await using([jobs], async () => {
      const limits = { bytesMax: settings.fileBytesMax, pixelsMax: settings.imagePixelsMax };
      const lookup = new LookupEngine({
        library,
        embedderOf: (identity) => engine.embedderOf(identity),
        scorer: engine.scorer,
        limits,
      });
      const status = () => jobs.status;
      const { createApp, fetchPicture, serve } = await import('../../web/index.ts');
      const { apiKeys, fileBytesMax: uploadBytesMax } = settings;
      const isDemo = plan.folders === null;
      const app = createApp({
        library,
        engine,
        models: engine,
        lookup,
        status,
        isDemo,
        apiKeys,
        uploadBytesMax,
        pixelsMax: settings.imagePixelsMax,
        jobs: { queue: jobs.queue, settings, folders: folderRules(settings) },
        fetchUrl: settings.allowsImageUrls ? fetchPicture : null,
        log: plan.log,
      });
      const server = await serve(app, settings);
      note(`\n  Imglish is ready: ${server.url}\n`);
      const work = jobs.run(plan);
      await aborted(signal);
      await server.close();
      await work;
    });
  });
}

/** A home that is all of the disk, as services have it, is nobody's. */
function folderRules({ allowedFolders }: Settings): FolderRules {
  const home = homedir();
  return { allowed: allowedFolders, home: path.dirname(home) === home ? null : home };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
