/**
 * A library of made-up contents with an engine over it, and the slow, obvious way to what a search should find.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { cosine, type Library } from '../../../indexer/index.ts';
import {
  SearchEngine,
  type SearchHit,
  type SearchRequest,
  type SearchResponse,
  type WordSearch,
} from '../../../query/index.ts';
import { addContents, openMade, type MadeContent } from '../../indexer/duplicates/made-library.ts';
import { near, randomUnit } from '../../indexer/vectors/clustered-vectors.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { randomNumbers } from '../../support/photo-folder.ts';

export interface MadeSearch {
  readonly library: Library;
  readonly engine: SearchEngine;
  readonly embedder: ColourEmbedder;
  /** By content id. */
  readonly vectors: Map<number, Float32Array>;
  readonly red: Float32Array;
}

/** Contents whose number of bytes is 1000 plus their place among those nearest to "red", the first nearest. */
export async function madeSearch(
  context: TestContext,
  count: number,
  options: { readonly places?: number; readonly wordSearch?: WordSearch } = {},
): Promise<MadeSearch> {
  const embedder = new ColourEmbedder();
  const library = await openMade(context, embedder);
  const [encoded] = await embedder.encodeTexts(['red']);
  assert.ok(encoded !== undefined);
  const red = encoded.vector;
  const vectors = madeVectors(count, red, 7).toSorted((a, b) => cosine(red, b) - cosine(red, a));
  const contents = vectors.map((vector, place): MadeContent => {
    return { name: `photo ${place}`, vector, bytes: 1000 + place, places: options.places ?? 1, grid: null };
  });
  const ids = addContents(library, contents);
  await library.catchUp();
  const engine = new SearchEngine({ library, embedder, wordSearch: options.wordSearch ?? null });
  const byId = new Map(ids.map((id, place) => [id, vectors[place] ?? red]));
  return { library, engine, embedder, vectors: byId, red };
}

/** In clusters around directions of their own, all at some distance from the words. */
export function madeVectors(count: number, words: Float32Array, seed: number): Float32Array[] {
  const random = randomNumbers(seed);
  const centres = Array.from({ length: 40 }, () => near(words, 1.5, random));
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(random() * centres.length)] ?? randomUnit(random, words.length);
    return near(centre, 0.5, random);
  });
}

/** Contents, nearest first, by comparing each. */
export function naiveList({ vectors, red }: MadeSearch, passes = (_id: number) => true): number[] {
  return [...vectors]
    .filter(([id]) => passes(id))
    .map(([id, vector]) => ({ id, score: Math.round(cosine(red, vector) * 1e6) / 1e6 }))
    .toSorted((a, b) => b.score - a.score || a.id - b.id)
    .map(({ id }) => id);
}

export function contentsOf(hits: readonly SearchHit[]): number[] {
  return hits.map(({ image }) => image.contentId);
}

/** Page by page to the end. @param between what happens after each page */
export async function allPages(
  engine: SearchEngine,
  request: SearchRequest,
  limit: number,
  between: (response: SearchResponse) => void | Promise<void> = () => undefined,
): Promise<SearchHit[]> {
  const hits: SearchHit[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 1000; page += 1) {
    const response: SearchResponse = await engine.search({
      ...request,
      limit,
      ...(cursor !== null && { cursor }),
    });
    hits.push(...response.hits);
    cursor = response.cursor;
    if (cursor === null) {
      for (const [index, { rank }] of hits.entries()) assert.equal(rank, index + 1);
      return hits;
    }
    await between(response);
  }
  return assert.fail('a thousand pages, and no end');
}
