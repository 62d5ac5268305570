/**
 * Groups of duplicates: copies of the same bytes, or photos that look alike. Only listed; nothing is ever deleted here.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router } from 'express';
import { z } from 'zod';
import {
  duplicateGroups,
  duplicateKinds,
  duplicateTotals,
  nearState,
  type DuplicateCursor,
  type DuplicateGroup,
  type DuplicateKind,
  type DuplicateTotals,
  type Library,
} from '../../indexer/index.ts';
import { allowOnly, parseInput } from '../errors.ts';
import { imageDocument, type ImageDocument } from '../image-document.ts';
import { isLocalOnly } from '../server-state.ts';

export interface DuplicatesDocument {
  readonly kind: DuplicateKind;
  /** Those with the most photos first. */
  readonly groups: readonly DuplicateGroupDocument[];
  /** For the next page; null at the end. */
  readonly cursor: string | null;
  /** Of all pages; only with the first. */
  readonly total: DuplicateTotals | null;
  /** How far look-alikes are known; null for exact copies, which always are. */
  readonly near: NearDocument | null;
}

export interface DuplicateGroupDocument {
  readonly id: number;
  /** Photos in all; `photos` and their copies list the first ones. */
  readonly count: number;
  /** Best first: the most pixels, then the most bytes, then the oldest. */
  readonly photos: readonly {
    /** cosine to the first photo; 1 for copies */
    readonly score: number;
    readonly image: ImageDocument;
    /** Other places of the same bytes. */
    readonly copies: readonly ImageDocument[];
  }[];
}

export interface NearDocument {
  /** Cosine from which photos of these groups are alike. */
  readonly threshold: number;
  /** photos that were not compared yet */
  readonly pending: number;
  /** When the groups were made, ISO 8601; null where nobody has looked yet. */
  readonly madeAt: string | null;
  readonly generation: number;
}

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

const kindMessage = `expected ${duplicateKinds.join(' or ')}`;
const limitMessage = `expected a whole number from 1 to ${LIMIT_MAX}`;
const cursorMessage = 'expected the cursor of an answer, unchanged';
const querySchema = z.strictObject({
  kind: z.enum(duplicateKinds, { error: kindMessage }),
  limit: z
    .string(limitMessage)
    .regex(/^\d{1,3}$/, limitMessage)
    .transform(Number)
    .pipe(z.int(limitMessage).min(1, limitMessage).max(LIMIT_MAX, limitMessage))
    .default(LIMIT_DEFAULT),
  cursor: z
    .string(cursorMessage)
    .regex(/^[1-9]\d{0,14}-[1-9]\d{0,14}$/, cursorMessage)
    .transform(cursorOf)
    .optional(),
});

export function duplicateRoutes({ library }: { readonly library: Library }): Router {
  const router = Router();
  router
    .route('/v1/duplicates')
    .get((request, response) => {
      const { kind, limit, cursor } = parseInput(querySchema, request.query, 'query');
      const showPath = isLocalOnly(request.app);
      const { groups, next } = duplicateGroups(library, kind, { after: cursor, limit });
      const document: DuplicatesDocument = {
        kind,
        groups: groups.map((group) => groupDocument(group, showPath)),
        cursor: next && `${next.size}-${next.id}`,
        total: cursor === undefined ? duplicateTotals(library, kind) : null,
        near: kind === 'near' ? nearDocument(library) : null,
      };
      response.json(document);
    })
    .all(allowOnly('GET', 'HEAD'));
  return router;
}

function cursorOf(text: string): DuplicateCursor {
  const [size = 0, id = 0] = text.split('-').map(Number);
  return { size, id };
}

function groupDocument({ id, count, photos }: DuplicateGroup, showPath: boolean): DuplicateGroupDocument {
  return {
    id,
    count,
    photos: photos.map(({ image, score, copies }) => ({
      score,
      image: imageDocument(image, { showPath }),
      copies: copies.map((copy) => imageDocument(copy, { showPath })),
    })),
  };
}

function nearDocument(library: Library): NearDocument {
  const { threshold, pending, grouping, generation } = nearState(library);
  return { threshold, pending, madeAt: grouping?.madeAt ?? null, generation };
}
