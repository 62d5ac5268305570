/**
 * What a server answers, by the schemas that it checks itself with.
 * Source: web/schema. Deviation: none.
 */
import type { z } from 'zod';
import type { classifySchema, embeddingsSchema, modelListSchema, rerankSchema } from '../schema/models.ts';
import type { SearchDocument, searchStages } from '../schema/search.ts';

export type { ImageDetailsDocument, ImageDocument, ImageListDocument } from '../schema/image.ts';
export type {
  FoldersDocument,
  JobDocument,
  JobListDocument,
  JobSkipsDocument,
  NewJobDocument,
} from '../schema/jobs.ts';
export type { LibraryDocument } from '../schema/library.ts';
export type { LookupDocument, LookupHitDocument } from '../schema/lookup.ts';
export type { ProblemDocument } from '../schema/problem.ts';
export type { HitDocument, SearchDocument } from '../schema/search.ts';

export type ModelListAnswer = Readonly<z.infer<typeof modelListSchema>>;
export type EmbeddingsAnswer = Readonly<z.infer<typeof embeddingsSchema>>;
export type RerankAnswer = Readonly<z.infer<typeof rerankSchema>>;
export type ClassifyAnswer = Readonly<z.infer<typeof classifySchema>>;

/** An answer on its way: `first` at once, `reranked` as photos are read again, `done` the last. */
export interface StagedAnswer {
  readonly stage: (typeof searchStages)[number];
  readonly answer: SearchDocument;
}
