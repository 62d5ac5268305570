/**
 * The folder picker: what lies below the folders that may be indexed.
 * Source: our own. Deviation: none.
 */
import { Router } from 'express';
import type { Library } from '../../indexer/index.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import { allowedFolders, listFolder, resolveFolder, topFolders, type FolderRules } from '../jobs/index.ts';
import { foldersQuerySchema } from '../schema/index.ts';
import { isLocalOnly } from '../server-state.ts';

export interface FolderRouteOptions {
  readonly library: Library;
  readonly folders: FolderRules;
}

export function folderRoutes({ library, folders }: FolderRouteOptions): Router {
  const router = Router();
  router
    .route('/v1/folders')
    .get(
      inTime(async (request, response) => {
        const { path: place } = parseInput(foldersQuerySchema, request.query, 'query');
        const allowed = await allowedFolders(library, folders, isLocalOnly(request.app));
        if (place === undefined) response.json(topFolders(allowed));
        else response.json(await listFolder(await resolveFolder(place, allowed), allowed));
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  return router;
}
