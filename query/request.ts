/**
 * What a search is asked, and what it answers.
 * Source: our own contract. Deviation: none.
 */
import type { ImageRecord, PhotoFilter } from '../indexer/index.ts';
import type { PictureSource } from '../model/index.ts';
import type { MatchBand } from './calibration/index.ts';
import type { AlikeHit, Collapse } from './collapse.ts';

/** A photo of the library, by its stored vector, or any picture: a path, bytes, or something decoded already. */
export type ImageInput = { readonly id: number } | { readonly picture: PictureSource };

/** Exactly one of `text` and `image`. */
export interface QueryPart {
  readonly text?: string;
  readonly image?: ImageInput;
  /** > 0, default 1 */
  readonly weight?: number;
}

/**
 * At least one text or image, at most 16 in all; or a filter alone, whose photos come newest first. Unwanted parts alone are
 * allowed: then photos come first that are farthest from them.
 */
export interface SearchRequest {
  /** What to look for; the model reads the first words of it, and `truncatedText` says so. Short for a positive part. */
  readonly text?: string;
  /** Short for a positive part. */
  readonly image?: ImageInput;
  readonly positive?: readonly QueryPart[];
  readonly negative?: readonly QueryPart[];
  /** Only photos that pass. */
  readonly filter?: PhotoFilter;
  /**
   * Photos that are not to be shown, at most 100: with their copies, unless each file is a hit; where look-alikes are
   * folded, with those of them, too.
   */
  readonly without?: readonly number[];
  /** `date`: newest first inside relevance bands; default `relevance` */
  readonly sort?: SortOrder;
  /** hits, 1 to 1000, default 50 */
  readonly limit?: number;
  /** Of the answer before: the hits after those. */
  readonly cursor?: string;
  /**
   * Hits with a lower pMatch, 0 to 1, are left out, and those that were not read together with the words; `default`: the
   * model's own cut-off. Asks for `rerank` where that is left out. Where there is no pMatch, the relative cut-off holds.
   */
  readonly minMatch?: number | 'default';
  /** The best `k` (1 to 1000, default 32) are read again beside the words, for `budgetMs` at most. Default false. */
  readonly rerank?: RerankRequest | false;
  /** Whether file names, captions, keywords, cameras and places are searched for the words too, default `auto`. */
  readonly words?: WordsMode;
  /** What is one hit, default `exact`: a photo with all its copies. */
  readonly collapse?: Collapse;
}

export const sortOrders = ['relevance', 'date'] as const;
export type SortOrder = (typeof sortOrders)[number];

export const wordsModes = ['auto', 'on', 'off'] as const;
export type WordsMode = (typeof wordsModes)[number];

export interface RerankRequest {
  /** photos, 1 to 1000, default 32 */
  readonly k?: number;
  /** milliseconds; left out, as long as it takes */
  readonly budgetMs?: number;
}

export const wordFields = ['name', 'caption', 'keywords', 'camera', 'place'] as const;
export type WordField = (typeof wordFields)[number];

/** Where words of the query stand in what is written about a photo. */
export interface WordMatch {
  readonly field: WordField;
  readonly terms: readonly string[];
}

export interface SearchHit {
  /** of the image */
  readonly id: number;
  /** cosine to the combined query, which has no universal threshold; 0 where only a filter was given */
  readonly score: number;
  /** Calibrated probability that words and photo belong together; null where that was not asked or cannot be told. */
  readonly pMatch: number | null;
  /** null where `pMatch` is */
  readonly band: MatchBand | null;
  /** from 1, on through all pages */
  readonly rank: number;
  readonly image: ImageRecord;
  /** What found it. */
  readonly matched: { readonly vector: boolean; readonly words: readonly WordMatch[] };
  /** Other places of the same bytes, oldest first, at most 100; none where each file is a hit. */
  readonly copies: readonly ImageRecord[];
  /** Photos that look like this one and fit less well, at most 100; only where look-alikes are collapsed. */
  readonly alike: readonly AlikeHit[];
  /** Photos in this hit, itself included. */
  readonly stackSize: number;
}

/** Where hits stop being trustworthy. */
export interface Cutoff {
  /** `relative`: of cosines, by the rule of `relativeCutoff`; a hint, not a probability */
  readonly kind: 'pMatch' | 'relative';
  readonly value: number;
  /** Of the hits of this answer, those at or above it. */
  readonly hitsAbove: number;
}

export interface SearchResponse {
  /** Best first; see `sort` and `collapse`. */
  readonly hits: readonly SearchHit[];
  /** Whether even the best is below the model's cut-off; null: it cannot be told */
  readonly nothingMatches: boolean | null;
  readonly cutoff: Cutoff | null;
  /** Photos that were to be read again, those that were, and how many of these were known already. */
  readonly reranked: { readonly asked: number; readonly scored: number; readonly fromCache: number } | null;
  /** A text was longer than the model reads; the rest was ignored. */
  readonly truncatedText: boolean;
  /** For the hits after these; null: there are none */
  readonly cursor: string | null;
  /** Id of the generation that was searched. */
  readonly generation: number;
  /** What a person should know, each a sentence. */
  readonly notices: readonly string[];
  readonly timings: SearchTimings;
}

/** milliseconds */
export interface SearchTimings {
  readonly encodeMs: number;
  readonly filterMs: number;
  readonly annMs: number;
  readonly wordsMs: number;
  readonly rerankMs: number;
  readonly hydrateMs: number;
  readonly totalMs: number;
}

/** `first`: before anything is read again; `reranked`: some was, the rest stands as before; `done`: as `search`. */
export interface SearchStage {
  readonly stage: 'first' | 'reranked' | 'done';
  readonly response: SearchResponse;
}
