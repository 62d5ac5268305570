/**
 * What the model says of each query beside the photos that it ranks highest: the pairs that a search will judge.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import { cosine } from '../../indexer/index.ts';
import { preprocess, productPreprocess, type Embedder } from '../../model/index.ts';
import type { JudgedQuery } from './judged-queries.ts';

export interface ScoredPair {
  readonly photo: number;
  /** log-odds or nats, see `Embedder.scorePairs` */
  readonly fusion: number;
  readonly cosine: number;
  readonly matches: boolean;
}

export interface ScoredQuery {
  readonly query: JudgedQuery;
  /** cosine to the mean of all photos */
  readonly background: number;
  /** of the vocabulary, see `Embedder.piecesPerWord` */
  readonly piecesPerWord: number;
  /** By cosine, the highest first. */
  readonly pairs: readonly ScoredPair[];
}

export interface GatherOptions {
  readonly embedder: Embedder;
  readonly imagesFolder: string;
  readonly photos: readonly string[];
  /** float32 [D] each, of the photos */
  readonly images: readonly Float32Array[];
  /** float32 [D] each, of the queries */
  readonly texts: readonly Float32Array[];
  readonly queries: readonly JudgedQuery[];
  /** float32 [D] */
  readonly mean: Float32Array;
  /** photos beside each query */
  readonly k: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Each photo is decoded once, for all queries that it is a candidate of. */
export async function gatherPairs(options: GatherOptions): Promise<ScoredQuery[]> {
  const { embedder, queries, texts, images, photos, k, mean, signal } = options;
  const candidates = texts.map((text) => nearest(text, images, k));
  const wanted = new Map<number, number[]>();
  for (const [query, list] of candidates.entries()) {
    for (const { photo } of list) wanted.set(photo, [...(wanted.get(photo) ?? []), query]);
  }
  const fusion = new Map<string, number>();
  let done = 0;
  for (const [photo, asking] of wanted) {
    const pixels = await preprocess(
      path.join(options.imagesFolder, photos[photo] ?? ''),
      embedder.preprocess,
      productPreprocess,
    );
    const pairs = asking.map((query) => ({ pixels, text: queries[query]?.text ?? '' }));
    const scores = await embedder.scorePairs(pairs, signal === undefined ? {} : { signal });
    for (const [index, query] of asking.entries())
      fusion.set(`${query} ${photo}`, scores[index] ?? Number.NaN);
    options.onProgress?.((done += 1), wanted.size);
  }
  return queries.map((query, index) => ({
    query,
    background: cosine(texts[index] ?? mean, mean),
    piecesPerWord: embedder.piecesPerWord(query.text),
    pairs: (candidates[index] ?? []).map(({ photo, score }) => ({
      photo,
      fusion: fusion.get(`${index} ${photo}`) ?? Number.NaN,
      cosine: score,
      matches: query.photos.has(photo),
    })),
  }));
}

function nearest(
  text: Float32Array,
  images: readonly Float32Array[],
  k: number,
): { readonly photo: number; readonly score: number }[] {
  return images
    .map((image, photo) => ({ photo, score: cosine(text, image) }))
    .toSorted((a, b) => b.score - a.score || a.photo - b.photo)
    .slice(0, k);
}
