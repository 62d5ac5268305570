/**
 * What the library holds, and how far indexing is.
 * Source: DESIGN, "HTTP". Deviation: progress is asked for, not pushed; a page that asks once a second needs no
 * connection of its own, and a closing server need not cut one.
 */
import path from 'node:path';
import { Router, type Request, type Response } from 'express';
import type { IndexProgress, IndexReport, Library } from '../../indexer/index.ts';
import { allowOnly } from '../errors.ts';
import { withoutFolders } from '../place-names.ts';
import { isLocalOnly } from '../server-state.ts';

/** What whoever runs the indexing tells of it. */
export interface IndexingStatus {
  readonly state: 'idle' | 'indexing' | 'failed';
  readonly progress: IndexProgress | null;
  readonly report: IndexReport | null;
  readonly message: string | null;
}

export type CountsDocument = Omit<IndexReport, 'skipped' | 'skippedCount' | 'workers'> & {
  readonly skipped: number;
};

export interface StatusDocument {
  readonly state: IndexingStatus['state'];
  readonly progress: IndexProgress | null;
  /** Of the last run that ended: how many of each. */
  readonly report: CountsDocument | null;
  readonly message: string | null;
}

export interface LibraryDocument {
  /** photos */
  readonly images: number;
  /** files that could not be indexed */
  readonly skipped: number;
  /** The indexed folders; `path` only where nobody but the people at this machine can connect. */
  readonly roots: readonly { readonly name: string; readonly path?: string }[];
  readonly generation: { readonly id: number; readonly modelName: string; readonly dimension: number };
  readonly indexing: StatusDocument;
}

export function libraryRoutes(options: {
  readonly library: Library;
  readonly status: () => IndexingStatus;
}): Router {
  const router = Router();
  const get = (address: string, answer: (request: Request, response: Response) => void): void => {
    router.route(address).get(answer).all(allowOnly('GET', 'HEAD'));
  };
  get('/v1/status', (_request, response) => {
    response.json(statusDocument(options.library, options.status()));
  });
  get('/v1/library', (request, response) => {
    response.json(libraryDocument(options.library, options.status(), isLocalOnly(request.app)));
  });
  return router;
}

function libraryDocument(library: Library, status: IndexingStatus, showPaths: boolean): LibraryDocument {
  const { images, skipped, roots } = library.stats();
  const { id, modelName, dimension } = library.generation;
  return {
    images,
    skipped,
    roots: roots.map((root) =>
      showPaths ? { name: path.basename(root), path: root } : { name: path.basename(root) },
    ),
    generation: { id, modelName, dimension },
    indexing: statusDocument(library, status),
  };
}

function countsOf({ skippedCount, workers: _workers, ...report }: IndexReport): CountsDocument {
  return { ...report, skipped: skippedCount };
}

function statusDocument(
  library: Library,
  { state, progress, report, message }: IndexingStatus,
): StatusDocument {
  return {
    state,
    progress,
    report: report && countsOf(report),
    message: message && withoutFolders(message, library),
  };
}
