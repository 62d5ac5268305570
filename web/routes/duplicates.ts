/**
 * Groups of duplicates: copies of the same bytes, or photos that look alike. Only listed; nothing is ever deleted here.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router } from 'express';
import {
  duplicateGroups,
  duplicateTotals,
  nearState,
  type DuplicateCursor,
  type DuplicateGroup,
  type Library,
} from '../../indexer/index.ts';
import { allowOnly, parseInput } from '../errors.ts';
import { imageDocument } from '../image-document.ts';
import {
  duplicatesQuerySchema,
  type DuplicateGroupDocument,
  type DuplicatesDocument,
  type NearDocument,
} from '../schema/duplicates.ts';
import { isLocalOnly } from '../server-state.ts';

export function duplicateRoutes({ library }: { readonly library: Library }): Router {
  const router = Router();
  router
    .route('/v1/duplicates')
    .get((request, response) => {
      const { kind, limit, cursor } = parseInput(duplicatesQuerySchema, request.query, 'query');
      const showPath = isLocalOnly(request.app);
      const { groups, next } = duplicateGroups(library, kind, {
        after: cursor === undefined ? undefined : cursorOf(cursor),
        limit,
      });
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
