/**
 * Deletes a generation that is no longer wanted: its vectors, its index, its row.
 * Source: our own. Deviation: none.
 */
import { rm } from 'node:fs/promises';
import { AppError } from '../../model/index.ts';
import { indexFolder } from './corpus-index.ts';
import type { Library } from './library.ts';

export interface RemoveGenerationOptions {
  readonly signal?: AbortSignal;
  /** Told how many vectors are gone. */
  readonly onProgress?: (removed: number) => void;
}

/** One transaction each: searches and commits go on between them. */
const VECTORS_PER_PAGE = 1000;

/**
 * Stopped half-way it leaves a generation with fewer vectors, which can be removed, or completed, later.
 * @returns how many vectors were deleted
 * @throws AppError NOT_FOUND, INVALID_ARGUMENT (the active one; read mode), ABORTED, DISK_FULL, FILE_UNREADABLE
 */
export async function removeGeneration(
  library: Library,
  id: number,
  { signal, onProgress }: RemoveGenerationOptions = {},
): Promise<number> {
  const { store, dataFolder } = library;
  const place = `${dataFolder}: generation ${id}`;
  if (library.mode !== 'write') {
    throw new AppError('INVALID_ARGUMENT', `${dataFolder}: is open for reading, expected writing`);
  }
  // An index that was searched a moment ago may be on its way to the disk.
  await library.settled();
  const refuseActive = (): void => {
    const { state, modelName } = store.generations.get(id);
    if (state !== 'active') return;
    throw new AppError(
      'INVALID_ARGUMENT',
      `${place} (model "${modelName}") is the one that is searched, expected another; switch first, with "imglish generations activate" or "imglish generations rollback"`,
    );
  };
  refuseActive();
  let removed = 0;
  for (;;) {
    if (signal?.aborted === true) {
      throw new AppError('ABORTED', `${place}: ${removed} vectors were deleted; remove it again to go on`, {
        cause: signal.reason,
      });
    }
    const count = store.generations.removeVectors(id, VECTORS_PER_PAGE);
    if (count === 0) break;
    removed += count;
    onProgress?.(removed);
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  // Somebody may have switched to it meanwhile.
  refuseActive();
  await rm(indexFolder(dataFolder, id), { recursive: true, force: true });
  store.generations.remove(id);
  return removed;
}
