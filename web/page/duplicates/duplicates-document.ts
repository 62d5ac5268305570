/**
 * What GET /v1/duplicates answers.
 * Source: web/routes/duplicates.ts. Deviation: none.
 */
import type { ImageDocument } from '../../schema/index.ts';

export const duplicateKinds = ['exact', 'near'] as const;
export type DuplicateKind = (typeof duplicateKinds)[number];

export interface DuplicateGroup {
  readonly id: number;
  readonly count: number;
  readonly photos: readonly {
    readonly score: number;
    readonly image: ImageDocument;
    readonly copies: readonly ImageDocument[];
  }[];
}

export interface DuplicatesDocument {
  readonly kind: DuplicateKind;
  readonly groups: readonly DuplicateGroup[];
  readonly cursor: string | null;
  readonly total: {
    readonly groups: number;
    readonly photos: number;
    readonly spareBytes: number | null;
  } | null;
  readonly near: {
    readonly threshold: number;
    readonly pending: number;
    readonly madeAt: string | null;
  } | null;
}
