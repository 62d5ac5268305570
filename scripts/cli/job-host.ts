/**
 * What this process offers to jobs: its library, its model, and others that a job may name.
 * Source: our own. Deviation: none.
 */
import {
  createJobHandler,
  type JobHandler,
  type JobHost,
  type Library,
  type Settings,
} from '../../indexer/index.ts';
import { findModel, type Embedder, type LocalEmbedder } from '../../model/index.ts';
import { pairVerifier, type SearchEngine } from '../../query/index.ts';
import { openModel } from './context.ts';
import { note, printable } from './terminal.ts';

export interface HostOptions extends Pick<JobHost, 'onIndexProgress' | 'onIndexReport' | 'onNotice'> {
  /** Searches meanwhile; is told of a model before the library is switched to it. */
  readonly engine?: SearchEngine;
}

function onNotice(notice: string): void {
  note(printable(notice));
}

/** @returns `close` closes the models that jobs opened */
export function hostJobs(
  library: Library,
  embedder: Embedder,
  settings: Settings,
  { engine, ...listeners }: HostOptions = {},
): { readonly handler: JobHandler; readonly close: () => Promise<void> } {
  const { concurrency, redisUrl, localWork } = settings;
  /** The library was switched to them, so searches need them. */
  const kept = new Map<string, LocalEmbedder>();
  const openEmbedder: JobHost['openEmbedder'] = async (name) => {
    const { identity, folder } = await findModel(name, settings.modelsFolder);
    const known = identity === embedder.identity ? embedder : kept.get(identity);
    if (known !== undefined) return { embedder: known, close: () => Promise.resolve() };
    const other = await openModel({ ...settings, model: folder }, { onNotice: note });
    engine?.use(other);
    return {
      embedder: other,
      close: async () => {
        if (engine !== undefined && library.generation.modelIdentity === identity) {
          kept.set(identity, other);
          return;
        }
        engine?.forget(other);
        await other.close();
      },
    };
  };
  const verifier = pairVerifier(library);
  const host = {
    library,
    embedder,
    concurrency,
    redisUrl,
    localWork,
    verifier,
    onNotice,
    ...listeners,
    openEmbedder,
  };
  return {
    handler: createJobHandler(host),
    close: async () => {
      for (const other of kept.values()) await other.close();
    },
  };
}
