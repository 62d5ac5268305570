/**
 * A library of made-up contents, with vectors and shapes as a test wants them and no files at all.
 * Source: our own. Deviation: none.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { Library, type ModelIdentity } from '../../../indexer/index.ts';
import { noDetails, type CommitEntry } from '../../../indexer/store/index.ts';
import { temporaryFolder } from '../../support/photo-folder.ts';

export const DIMENSION = 24;

export const madeModel: ModelIdentity = { name: 'made-up', identity: 'made-up-1', dimension: DIMENSION };

export interface MadeContent {
  /** Names the content: other names are other bytes. */
  readonly name: string;
  /** float32 [D], unit length */
  readonly vector: Float32Array;
  /** pixels */
  readonly width?: number;
  readonly height?: number;
  readonly bytes?: number;
  /** uint8 [8, 8]; the same shape for all where it is left out, null for none */
  readonly grid?: Uint8Array | null;
  /** How many files have it, default 1. */
  readonly places?: number;
}

/** Brighter to the right and to the bottom. */
const plainGrid = Uint8Array.from({ length: 64 }, (_, cell) => (cell % 8) * 8 + Math.floor(cell / 8));

export async function openMade(context: TestContext, model = madeModel): Promise<Library> {
  const dataFolder = path.join(await temporaryFolder(context), 'data');
  const library = await Library.open({ dataFolder, mode: 'write', model });
  context.after(() => library.close());
  return library;
}

/** @returns content ids, in order */
export function addContents(
  library: Library,
  contents: readonly MadeContent[],
  generationId = library.generation.id,
): number[] {
  const { store } = library;
  const rootId = store.roots.add('/made-up', 'folder', 1);
  const entries = contents.flatMap((content) =>
    Array.from({ length: content.places ?? 1 }, (_, place) => entryOf(content, place, rootId)),
  );
  store.commit(entries, generationId);
  const ids = contents.map(({ name }) => store.images.content(hashOf(name), generationId)?.id ?? 0);
  const shapes = contents.flatMap(({ grid = plainGrid }, index) =>
    grid === null ? [] : [[ids[index] ?? 0, grid] as const],
  );
  store.nearDuplicates.addShapes(new Map(shapes));
  return ids;
}

function entryOf(content: MadeContent, place: number, rootId: number): CommitEntry {
  const { name, vector, width = 100, height = 100, bytes = 1000 } = content;
  return {
    kind: 'photo',
    path: `/made-up/${name}-${place}.jpg`,
    rootId,
    bytes,
    modifiedMs: 1,
    movedFrom: null,
    content: {
      vector,
      facts: {
        hash: hashOf(name),
        bytes,
        width,
        height,
        format: 'jpeg',
        takenAt: null,
        reader: 'made-up',
        details: noDetails,
      },
    },
  };
}

function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
