/**
 * Each stage of indexing alone, and all of them together, over the same photos.
 * Source: our own, over the parts that the pipeline is made of and with its concurrency. Deviation: none.
 */
import { stat } from 'node:fs/promises';
import os from 'node:os';
import {
  indexPhotos,
  Library,
  LocalEncoder,
  type EncodedPhoto,
  type IndexReport,
  type WorkItem,
} from '../../indexer/index.ts';
import type { Embedder } from '../../model/index.ts';
import { syntheticVectors } from './synthetic-vectors.ts';

export interface StageTime {
  readonly photosPerSecond: number;
  /** processor time of this process, as a share of all processors */
  readonly busyShare: number;
}

export const indexLimits = { fileBytesMax: 100_000_000, imagePixelsMax: 200_000_000 } as const;

/** Pixels that are kept to feed the network with: 64 of side 224 are 40 megabytes. */
const PIXELS_KEPT = 64;

/** As the pipeline: one batch runs in the network, one waits. */
const BATCHES_AHEAD = 2;

/** Runs `work` over `photos` photos. */
export async function timeStage(photos: number, work: () => Promise<unknown>): Promise<StageTime> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    photosPerSecond: photos / seconds,
    busyShare: (user + system) / 1e6 / seconds / os.availableParallelism(),
  };
}

/** Files with their status, as the first stage hands them on. */
export function workItems(files: readonly string[]): Promise<WorkItem[]> {
  return Promise.all(
    files.map(async (file) => {
      const { size: bytes, mtimeMs: modifiedMs } = await stat(file);
      const known = { has: () => false, ofSameSize: () => [] };
      return { path: file, bytes, modifiedMs, known, wantsPreview: true };
    }),
  );
}

/** Reads and hashes; nothing is decoded. */
export async function readAll(embedder: Embedder, items: readonly WorkItem[]): Promise<void> {
  const encoder = new LocalEncoder(embedder, { ...indexLimits, isDryRun: true });
  for await (const batch of encoder.encode(eachOf(items))) void batch;
}

export interface Decoded {
  readonly photos: readonly { readonly item: WorkItem; readonly photo: EncodedPhoto }[];
  /** float32 [3, S, S] of the first photos */
  readonly pixels: readonly Float32Array[];
}

/** Reads, decodes and makes previews; the network answers at once, with made-up vectors. */
export async function decodeAll(embedder: Embedder, items: readonly WorkItem[]): Promise<Decoded> {
  const network = new InstantNetwork(embedder, items.length);
  const encoder = new LocalEncoder(network.embedder, indexLimits);
  const photos: { item: WorkItem; photo: EncodedPhoto }[] = [];
  for await (const batch of encoder.encode(eachOf(items))) {
    for (const { item, outcome } of batch) {
      if (outcome.kind === 'photo') photos.push({ item, photo: { ...outcome, preview: null } });
    }
  }
  return { photos, pixels: network.pixels };
}

export async function embedAll(
  embedder: Embedder,
  pixels: readonly Float32Array[],
  count: number,
): Promise<void> {
  const { batchSizeMax } = embedder;
  let next = 0;
  const feed = async (): Promise<void> => {
    while (next < count) {
      const size = Math.min(batchSizeMax, count - next);
      const batch = Array.from(
        { length: size },
        (_, i) => pixels[(next + i) % pixels.length] ?? new Float32Array(),
      );
      next += size;
      await embedder.encodeImages(batch);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AHEAD }, feed));
}

/** Into the database and the index of a new library. */
export async function commitAll(
  library: Library,
  photos: Decoded['photos'],
  batchSize: number,
): Promise<void> {
  const rootId = library.store.roots.add('/bench', 'folder', 0);
  for (let start = 0; start < photos.length; start += batchSize) {
    const entries = photos.slice(start, start + batchSize).flatMap(({ item, photo: { facts, vector } }) => {
      const { path, bytes, modifiedMs } = item;
      const place = { kind: 'photo', path, rootId, bytes, modifiedMs, movedFrom: null } as const;
      return vector === null ? [] : [{ ...place, content: { facts, vector } }];
    });
    library.store.commit(entries, library.generation.id);
    await library.catchUp();
  }
}

/** Opens, indexes, closes: what `imglish index` does. */
export async function indexFolder(
  dataFolder: string,
  folder: string,
  embedder: Embedder,
): Promise<IndexReport> {
  const library = await Library.open({ dataFolder, mode: 'write', model: embedder });
  try {
    return await indexPhotos(library, embedder, {
      roots: [folder],
      excludeFolders: [],
      followSymlinks: false,
      ...indexLimits,
    });
  } finally {
    await library.close();
  }
}

async function* eachOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Stands for a network that takes no time. */
class InstantNetwork {
  readonly embedder: Embedder;
  readonly pixels: Float32Array[] = [];
  #next = 0;

  constructor(model: Embedder, count: number) {
    const { dimension } = model;
    const { vectors } = syntheticVectors({ count, queries: 0, dimension, seed: 3 });
    const { name, identity, preprocess, fusionKind, canFuse, canCaption, batchSizeMax, pairBatchMax } = model;
    this.embedder = {
      name,
      identity,
      dimension,
      preprocess,
      fusionKind,
      canFuse,
      calibration: null,
      canCaption,
      batchSizeMax,
      pairBatchMax,
      encodeImages: (images) => {
        this.pixels.push(...images.slice(0, PIXELS_KEPT - this.pixels.length));
        const first = this.#next;
        this.#next += images.length;
        return Promise.resolve(
          images.map((_, i) => vectors.slice((first + i) * dimension, (first + i + 1) * dimension)),
        );
      },
      encodeTexts: () => Promise.reject(new Error('no texts here')),
      scorePairs: () => Promise.reject(new Error('no pairs here')),
      caption: () => Promise.reject(new Error('no captions here')),
      textKey: (text) => text,
      piecesPerWord: () => 1,
      close: () => Promise.resolve(),
    };
  }
}
