/**
 * A library of made-up photos, vectors and all, without a file of any of them: what a search costs beside the network.
 * Source: our own; the vectors are those of synthetic-vectors.ts. Deviation: none.
 *
 * Each photo has a number of bytes that is a random place among all, and a width that is its place by the cosine to the
 * queries on average: filters by bytes pass photos anywhere, filters by width those nearest or farthest.
 */
import { createHash } from 'node:crypto';
import { cosine, Library } from '../../indexer/index.ts';
import type { Calibration, Caption, Embedder, EncodedText } from '../../model/index.ts';
import { syntheticVectors, type VectorSet } from './synthetic-vectors.ts';

export interface MadeUpLibrary {
  readonly library: Library;
  readonly embedder: Embedder;
  readonly set: VectorSet;
  /** Content ids, of the vectors in order; and the two places that filters go by, from 0. */
  readonly contentIds: readonly number[];
  readonly anywhere: Uint32Array;
  readonly nearness: Uint32Array;
  /** seconds that the index took */
  readonly indexSeconds: number;
}

/** Of the first place. */
export const PLACE_BASE = 1;

const ENTRIES_PER_COMMIT = 2048;
const SEED = 1;

/** @param folder an empty one, for the data */
export async function makeLibrary(
  folder: string,
  size: { readonly count: number; readonly queries: number; readonly dimension: number },
): Promise<MadeUpLibrary> {
  const set = syntheticVectors({ ...size, seed: SEED });
  const embedder = new KnownQueries(set);
  const library = await Library.open({ dataFolder: folder, mode: 'write', model: embedder });
  const [anywhere, nearness] = [shuffled(size.count), nearnessOf(set, size.count)];
  commitAll(library, set, anywhere, nearness);
  const start = performance.now();
  await library.catchUp();
  const indexSeconds = (performance.now() - start) / 1000;
  const { id } = library.generation;
  const contentIds = library.store.vectors.contentIds(id, 0, size.count);
  return { library, embedder, set, contentIds, anywhere, nearness, indexSeconds };
}

/** Texts "0", "1", … are the queries of the set; nothing is computed. */
class KnownQueries implements Embedder {
  readonly name = 'made up';
  readonly identity = 'made-up';
  readonly dimension: number;
  readonly preprocess = { side: 32, resize: 'stretch', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
  readonly fusionKind = null;
  readonly canFuse = false;
  readonly calibration: Calibration | null = null;
  readonly canCaption = false;
  readonly batchSizeMax = 1;
  readonly pairBatchMax = 1;
  readonly #set: VectorSet;

  constructor(set: VectorSet) {
    this.#set = set;
    this.dimension = set.dimension;
  }

  async encodeTexts(texts: readonly string[]): Promise<EncodedText[]> {
    return texts.map((text) => ({
      vector: rowOf(this.#set.queries, Number(text), this.dimension),
      truncated: false,
    }));
  }

  async encodeImages(): Promise<Float32Array[]> {
    return [];
  }

  async scorePairs(): Promise<Float32Array> {
    return new Float32Array();
  }

  async caption(): Promise<Caption[]> {
    return [];
  }

  piecesPerWord(): number {
    return 1;
  }

  textKey(text: string): string {
    return text;
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

export function rowOf(matrix: Float32Array, row: number, width: number): Float32Array {
  return matrix.subarray(row * width, (row + 1) * width);
}

function commitAll(library: Library, set: VectorSet, anywhere: Uint32Array, nearness: Uint32Array): void {
  const { store, generation } = library;
  const rootId = store.roots.add('/made-up', 'folder', 1);
  for (let start = 0; start < anywhere.length; start += ENTRIES_PER_COMMIT) {
    const rows = Math.min(ENTRIES_PER_COMMIT, anywhere.length - start);
    const entries = Array.from({ length: rows }, (_, row) => {
      const place = start + row;
      const bytes = PLACE_BASE + (anywhere[place] ?? 0);
      return {
        kind: 'photo' as const,
        path: `/made-up/${place}.jpg`,
        rootId,
        bytes,
        modifiedMs: 1,
        movedFrom: null,
        content: {
          vector: rowOf(set.vectors, place, set.dimension),
          facts: {
            hash: createHash('sha256').update(String(place)).digest('hex'),
            bytes,
            width: PLACE_BASE + (nearness[place] ?? 0),
            height: 100,
            format: 'jpeg',
            takenAt: null,
            reader: 'made-up',
            details: withoutDetails,
          },
        },
      };
    });
    store.commit(entries, generation.id);
  }
}

const withoutDetails = {
  orientation: null,
  camera: null,
  lens: null,
  exposureSeconds: null,
  aperture: null,
  iso: null,
  focalLengthMm: null,
  latitude: null,
  longitude: null,
  altitudeM: null,
  title: null,
  caption: null,
  keywords: [],
  creator: null,
  copyright: null,
  location: null,
  rating: null,
};

/** The places 0 to `count`, by a walk that meets each once: the step has no divisor in common with a number of hundreds. */
function shuffled(count: number): Uint32Array {
  const step = 7919;
  if (count % step === 0) throw new Error(`${count} photos cannot be shuffled`);
  return Uint32Array.from({ length: count }, (_, place) => (place * step + 13) % count);
}

function nearnessOf({ queries, vectors, dimension }: VectorSet, count: number): Uint32Array {
  const mean = new Float32Array(dimension);
  for (const [index, value] of queries.entries())
    mean[index % dimension] = (mean[index % dimension] ?? 0) + value;
  const scores = Float32Array.from({ length: count }, (_, row) =>
    cosine(mean, rowOf(vectors, row, dimension)),
  );
  const order = Array.from(scores.keys()).toSorted((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const places = new Uint32Array(count);
  for (const [place, row] of order.entries()) places[row] = place;
  return places;
}
