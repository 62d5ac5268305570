/**
 * Opens approximate indexes for tests.
 * Source: our own. Deviation: none.
 */
import { HnswIndex } from '../../../indexer/index.ts';

/** Small enough that a suite of hundreds of vectors takes a moment. */
export const DIMENSION = 24;

export function openHnsw(folder: string, notices: string[] = [], dimension = DIMENSION): Promise<HnswIndex> {
  return HnswIndex.open({
    folder,
    libraryId: 'library',
    generationId: 1,
    dimension,
    readOnly: false,
    onNotice: (notice) => notices.push(notice),
  });
}
