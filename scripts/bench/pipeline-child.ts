/**
 * A process of its own that fills a library and looks at its memory meanwhile: `node pipeline-child.js <request as JSON>`.
 * Source: our own. Deviation: none.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  indexPhotos,
  Library,
  type EncodedPhoto,
  type IndexProgress,
  type WorkItem,
} from '../../indexer/index.ts';
import { BUILTIN_MODEL, openEmbedder, type Embedder } from '../../model/index.ts';
import { commitAll, decodeAll, indexLimits, workItems } from './pipeline-stages.ts';
import { syntheticVectors } from './synthetic-vectors.ts';

export interface PipelineRequest {
  /** `files`: indexes the photos of a folder; `entries`: commits made-up photos */
  readonly work: 'files' | 'entries';
  /** Of photos; of `entries`: one is taken as the model of all. */
  readonly folder: string;
  readonly count: number;
  readonly dataFolder: string;
  readonly cacheFolder: string;
  /** Numbers of photos after which the memory is told. */
  readonly marks: readonly number[];
}

export interface PipelineAnswer {
  /** resident set when so many photos were committed, in the order of the marks */
  readonly residentBytes: readonly number[];
  /** largest at any time */
  readonly peakBytes: number;
  readonly photosPerSecond: number;
  /** of `entries`: to open the library with its snapshot; and without, so that the index is built from the database */
  readonly openMs?: number;
  readonly rebuildSeconds?: number;
}

const SAMPLE_MS = 50;

/** Vectors that are made at a time, so that they are not what fills the memory. */
const ENTRIES_PER_PAGE = 1000;

async function indexFiles(ask: PipelineRequest): Promise<PipelineAnswer> {
  const memory = new MemoryCurve(ask.marks);
  const library = await openLibrary(ask, embedder);
  const report = await indexPhotos(library, embedder, {
    roots: [ask.folder],
    excludeFolders: [],
    followSymlinks: false,
    ...indexLimits,
    onProgress: ({ done }: IndexProgress) => memory.reached(done),
  });
  if (report.added !== ask.count) throw new Error(`${report.added} photos added, not ${ask.count}`);
  await library.close();
  return { ...memory.end(), photosPerSecond: report.photosPerSecond };
}

async function commitEntries(ask: PipelineRequest): Promise<PipelineAnswer> {
  const model = await modelEntry(ask.folder);
  const memory = new MemoryCurve(ask.marks);
  let library = await openLibrary(ask, embedder);
  let seconds = 0;
  for (let first = 0; first < ask.count; first += ENTRIES_PER_PAGE) {
    const page = entriesLike(model, first, Math.min(ENTRIES_PER_PAGE, ask.count - first));
    const before = performance.now();
    await commitAll(library, page, embedder.batchSizeMax);
    seconds += (performance.now() - before) / 1000;
    memory.reached(first + page.length);
  }
  const curve = memory.end();
  await library.close();

  const openStart = performance.now();
  library = await openLibrary(ask, embedder);
  const openMs = performance.now() - openStart;
  checkSize(library, ask.count);
  await library.close();

  await rm(path.join(ask.dataFolder, 'vectors'), { recursive: true });
  const rebuildStart = performance.now();
  library = await Library.open({ dataFolder: ask.dataFolder, mode: 'write', model: embedder });
  const rebuildSeconds = (performance.now() - rebuildStart) / 1000;
  checkSize(library, ask.count);
  await library.close();
  return { ...curve, photosPerSecond: ask.count / seconds, openMs, rebuildSeconds };
}

function openLibrary({ dataFolder }: PipelineRequest, model: Embedder): Promise<Library> {
  return Library.open({
    dataFolder,
    mode: 'write',
    model,
    // After a close there is nothing to say; a notice would tell of an index that is built again.
    onNotice: (notice) => {
      throw new Error(notice);
    },
  });
}

function checkSize(library: Library, count: number): void {
  if (library.vectors.size !== count) throw new Error(`${library.vectors.size} vectors, not ${count}`);
}

interface Entry {
  readonly item: WorkItem;
  readonly photo: EncodedPhoto;
}

async function modelEntry(folder: string): Promise<Entry> {
  const names = await readdir(folder, { recursive: true });
  const file = names.find((name) => name.endsWith('.jpg')) ?? '';
  const [entry] = (await decodeAll(embedder, await workItems([path.join(folder, file)]))).photos;
  if (entry === undefined) throw new Error(`${folder}: no photo that can be read`);
  return entry;
}

/** Other paths, contents and vectors. */
function entriesLike({ item, photo }: Entry, first: number, count: number): Entry[] {
  const { dimension } = embedder;
  const { vectors } = syntheticVectors({ count, queries: 0, dimension, seed: first + 1 });
  return Array.from({ length: count }, (_, i) => {
    const hash = randomBytes(32).toString('hex');
    const vector = vectors.slice(i * dimension, (i + 1) * dimension);
    return {
      item: { ...item, path: `/bench/${Math.floor((first + i) / 500)}/${first + i}.jpg` },
      photo: { ...photo, facts: { ...photo.facts, hash }, vector },
    };
  });
}

class MemoryCurve {
  readonly #marks: readonly number[];
  readonly #resident: number[] = [];
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(marks: readonly number[]) {
    this.#marks = marks;
    this.#timer = setInterval(() => this.#look(), SAMPLE_MS);
  }

  reached(photos: number): void {
    while (photos >= (this.#marks[this.#resident.length] ?? Infinity)) this.#resident.push(this.#look());
  }

  end(): Pick<PipelineAnswer, 'residentBytes' | 'peakBytes'> {
    this.#look();
    clearInterval(this.#timer);
    return { residentBytes: this.#resident, peakBytes: this.#peak };
  }

  #look(): number {
    const resident = process.memoryUsage.rss();
    this.#peak = Math.max(this.#peak, resident);
    return resident;
  }
}

const request = JSON.parse(process.argv[2] ?? '{}') as PipelineRequest;
const embedder = await openEmbedder({
  model: BUILTIN_MODEL,
  modelsFolder: request.cacheFolder,
  cacheFolder: request.cacheFolder,
  device: 'cpu',
});
const answer = request.work === 'files' ? await indexFiles(request) : await commitEntries(request);
process.stdout.write(`${JSON.stringify(answer)}\n`);
await embedder.close();
