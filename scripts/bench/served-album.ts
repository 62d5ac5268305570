/**
 * A server with real photos behind it, in this process: the painted album, or a folder that somebody names, indexed with the
 * built-in model.
 * Source: our own. Deviation: none.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { indexPhotos, Library } from '../../indexer/index.ts';
import { BUILTIN_MODEL, openEmbedder } from '../../model/index.ts';
import { LookupEngine, SearchEngine } from '../../query/index.ts';
import { createApp, serve, type IndexingStatus } from '../../web/index.ts';
import { renderAlbum } from '../demo-album/index.ts';
import type { Load, LoadReport } from './load-child.ts';
import { indexLimits } from './pipeline-stages.ts';
import type { BenchContext } from './section.ts';

export interface ServedAlbum {
  readonly url: string;
  readonly photos: number;
  /** Addresses of thumbnails, all of them, made already. */
  readonly thumbnails: readonly string[];
  /** Addresses of searches without reading again, no two with the same words. */
  readonly searches: readonly string[];
  close(): Promise<void>;
}

const idle: IndexingStatus = { state: 'idle', progress: null, report: null, message: null };

const QUERIES = 500;
const HITS = 20;
const THUMBNAILS_MAX = 200;

const colours = ['red', 'green', 'blue', 'white', 'black', 'yellow', 'brown', 'grey'] as const;
const things = ['house', 'dog', 'car', 'boat', 'tree', 'horse', 'cat', 'bird', 'kite', 'ball'] as const;
const places = [
  'in the snow',
  'over the sea',
  'at night',
  'on a meadow',
  'in a city',
  'in a room',
  'at dusk',
] as const;

export async function serveAlbum(context: BenchContext, count: number): Promise<ServedAlbum> {
  const { workFolder, photosFolder } = context;
  const folder = photosFolder ?? path.join(workFolder, 'album');
  context.note(photosFolder === undefined ? `painting and indexing ${count} pictures` : `indexing ${folder}`);
  if (photosFolder === undefined) await renderAlbum({ folder, count });
  const embedder = await openEmbedder({
    model: BUILTIN_MODEL,
    modelsFolder: workFolder,
    cacheFolder: path.join(workFolder, 'cache'),
    preload: ['vision', 'text'],
  });
  const library = await Library.open({
    dataFolder: path.join(workFolder, 'data'),
    mode: 'write',
    model: embedder,
  });
  await indexPhotos(library, embedder, {
    roots: [folder],
    excludeFolders: [],
    followSymlinks: false,
    ...indexLimits,
  });
  const engine = new SearchEngine({ library, embedder });
  const lookup = new LookupEngine({
    library,
    embedderOf: (identity) => engine.embedderOf(identity),
    scorer: engine.scorer,
  });
  const server = await serve(createApp({ library, engine, lookup, status: () => idle }), {
    host: '127.0.0.1',
    port: 0,
  });
  const { hits } = await engine.search({ text: 'a house', limit: THUMBNAILS_MAX, words: 'off' });
  return {
    url: server.url,
    photos: library.stats().images,
    thumbnails: hits.map(({ id }) => `/v1/images/${id}/thumbnail`),
    searches: Array.from({ length: QUERIES }, (_, place) => searchAddress(place)),
    close: async () => {
      await server.close();
      await library.close();
      await embedder.close();
    },
  };
}

/** Runs autocannon in a process of its own. */
export async function loadWith(load: Load): Promise<LoadReport> {
  const child = path.join(import.meta.dirname, 'load-child.js');
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(load)], {
    maxBuffer: 10_000_000,
  });
  return JSON.parse(stdout) as LoadReport;
}

function searchAddress(place: number): string {
  const colour = colours[place % colours.length];
  const thing = things[Math.floor(place / colours.length) % things.length];
  const where = places[Math.floor(place / colours.length / things.length) % places.length];
  return `/v1/search?limit=${HITS}&q=${encodeURIComponent(`a ${colour} ${thing} ${where}`)}`;
}
