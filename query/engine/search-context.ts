/**
 * What one search works with.
 * Source: our own. Deviation: none.
 */
import type { Library, PhotoFilter, Searchable } from '../../indexer/index.ts';
import type { Embedder } from '../../model/index.ts';
import type { FusionScorer } from '../rerank/index.ts';
import type { WordMatch } from '../request.ts';
import type { PictureLimits } from '../retrieval/query-vector.ts';
import type { TextVectors } from '../retrieval/text-vectors.ts';

/** A content that words of the query stand in. */
export interface WordHit {
  readonly contentId: number;
  /** from 1 */
  readonly rank: number;
  readonly matched: readonly WordMatch[];
}

/** Search in what is written about photos, and its fusion with the ranking of vectors. */
export interface WordSearch {
  /** Best first. */
  hits(
    library: Library,
    text: string,
    options: { readonly limit: number; readonly filter?: PhotoFilter },
  ): readonly WordHit[];
  /** All contents of both, best first. */
  fuse(
    vector: readonly { readonly contentId: number; readonly score: number }[],
    words: readonly WordHit[],
  ): readonly { readonly contentId: number }[];
  /** Whether looking for these words is worth it. */
  profits(library: Library, text: string): boolean;
}

export interface SearchContext {
  readonly library: Library;
  readonly searchable: Searchable;
  /** That of the generation. */
  readonly embedder: Embedder;
  readonly scorer: FusionScorer;
  readonly textVectors: TextVectors;
  /** null: there is none */
  readonly wordSearch: WordSearch | null;
  /** Of pictures that are brought. */
  readonly limits: PictureLimits;
  readonly signal: AbortSignal | undefined;
}
