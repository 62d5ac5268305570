/**
 * Vectors of photos and vectors of texts, seen alike: what an index needs of the store to be made and kept up to date.
 * Source: our own. Deviation: none.
 */
import type { Corpus, Store } from '../store/index.ts';

/** The last thing that happened to one vector. */
export interface LoggedVector {
  readonly sequence: number;
  /** Content id or text id. */
  readonly id: number;
  /** float32 [D], unit length; null: the vector is gone */
  readonly vector: Float32Array | null;
}

export interface VectorLog {
  readonly corpus: Corpus;
  /** How many vectors, and the last change; both of one moment. */
  summary(generationId: number): { readonly count: number; readonly sequence: number };
  /** Changes after `sequence`, oldest first, at most `limit`; an empty page is the end. */
  since(generationId: number, sequence: number, limit: number, dimension: number): readonly LoggedVector[];
  /** Forgets vectors, which are then made anew. */
  drop(generationId: number, ids: readonly number[]): void;
}

export function vectorLog({ vectors, textVectors }: Store, corpus: Corpus): VectorLog {
  if (corpus === 'photos') {
    return {
      corpus,
      summary: (generationId) => vectors.summary(generationId),
      since: (...wanted) =>
        vectors.since(...wanted).map(({ sequence, contentId: id, vector }) => ({ sequence, id, vector })),
      drop: (generationId, ids) => vectors.drop(generationId, ids),
    };
  }
  return {
    corpus,
    summary: (generationId) => textVectors.summary(generationId),
    since: (...wanted) =>
      textVectors.since(...wanted).map(({ sequence, textId: id, vector }) => ({ sequence, id, vector })),
    drop: (generationId, ids) => textVectors.drop(generationId, ids),
  };
}
