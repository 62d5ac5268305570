/**
 * What the library holds, and how far indexing is.
 * Source: DESIGN, "HTTP". Deviation: progress is asked for, not pushed; a page that asks once a second needs no
 * connection of its own, and a closing server need not cut one.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Router } from 'express';
import {
  DiskUse,
  type Holdings,
  type IndexProgress,
  type IndexReport,
  type Library,
} from '../../indexer/index.ts';
import type { SearchEngine } from '../../query/index.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import { withoutFolders } from '../place-names.ts';
import {
  librarySkipsQuerySchema,
  type CountsDocument,
  type LibraryDocument,
  type LibrarySkipsDocument,
  type StatusDocument,
} from '../schema/library.ts';
import { isLocalOnly } from '../server-state.ts';

/** What whoever runs the indexing tells of it. */
export interface IndexingStatus {
  readonly state: 'idle' | 'indexing' | 'failed';
  readonly progress: IndexProgress | null;
  readonly report: IndexReport | null;
  readonly message: string | null;
}

export interface LibraryRoutesOptions {
  readonly library: Library;
  readonly status: () => IndexingStatus;
  /** Tells the model that the library is searched with. */
  readonly models?: Pick<SearchEngine, 'embedderOf'>;
  /** Whether these are the pictures of the demo album; default false. */
  readonly isDemo?: boolean;
}

/** A share whose server is gone may never answer. */
const ROOT_WAIT_MS = 1000;

export function libraryRoutes(options: LibraryRoutesOptions): Router {
  const { library } = options;
  const disk = new DiskUse(library.dataFolder);
  const router = Router();
  router
    .route('/v1/status')
    .get((_request, response) => {
      response.json(statusDocument(library, options.status()));
    })
    .all(allowOnly('GET', 'HEAD'));
  router
    .route('/v1/library')
    .get(
      inTime(async (request, response) => {
        response.json(await libraryDocument(options, disk, isLocalOnly(request.app)));
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  router
    .route('/v1/library/skips')
    .get((request, response) => {
      const { limit, cursor } = parseInput(librarySkipsQuerySchema, request.query, 'query');
      response.json(skipsDocument(library, Number(cursor ?? 0), limit, isLocalOnly(request.app)));
    })
    .all(allowOnly('GET', 'HEAD'));
  return router;
}

async function libraryDocument(
  { library, status, models, isDemo = false }: LibraryRoutesOptions,
  disk: DiskUse,
  showPaths: boolean,
): Promise<LibraryDocument> {
  const [holdings, usage] = await Promise.all([library.store.holdings.count(), disk.measure()]);
  const roots = await Promise.all(holdings.roots.map((root) => rootDocument(root, showPaths)));
  const { images, skipped, databaseBytes } = library.stats();
  const { id, modelName, modelIdentity, dimension } = library.generation;
  const embedder = models?.embedderOf(modelIdentity);
  return {
    images,
    skipped,
    texts: holdings.texts,
    roots,
    formats: [...holdings.formats],
    disk: { databaseBytes, ...usage },
    generation: { id, modelName, dimension },
    generations: [...holdings.generations],
    canRerank: embedder?.canFuse ?? false,
    isCalibrated: embedder !== undefined && embedder.calibration !== null,
    isDemo,
    indexing: statusDocument(library, status()),
  };
}

async function rootDocument(
  { path: root, images }: Holdings['roots'][number],
  showPaths: boolean,
): Promise<LibraryDocument['roots'][number]> {
  const shown = { name: path.basename(root), images, isMissing: await isMissing(root) };
  return showPaths ? { ...shown, path: root } : shown;
}

function skipsDocument(
  library: Library,
  after: number,
  limit: number,
  showPaths: boolean,
): LibrarySkipsDocument {
  // One more than asked for tells whether there is another page.
  const rows = library.store.skips.page(after, limit + 1);
  const page = rows.slice(0, limit);
  return {
    skips: page.map(({ path: place, code, message }) => ({
      place: showPaths ? place : withoutFolders(place, library),
      code,
      message: showPaths ? message : withoutFolders(message, library),
    })),
    cursor: rows.length > limit ? String(page.at(-1)?.id ?? 0) : null,
  };
}

/** Whether the folder is not there now; also where that cannot be found out soon. */
async function isMissing(root: string): Promise<boolean> {
  const isThere = stat(root).then(
    () => true,
    () => false,
  );
  const patience = new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(false), ROOT_WAIT_MS).unref();
  });
  return !(await Promise.race([isThere, patience]));
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
