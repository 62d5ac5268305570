/**
 * What generations a library has, without opening its index.
 * Source: our own. Deviation: none.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { indexFolder } from './corpus-index.ts';
import { Store, type Completeness, type Generation } from '../store/index.ts';

export interface GenerationSummary extends Generation, Completeness {
  /** different contents that have a vector */
  readonly vectors: number;
  /** Of its vectors, of texts too, in the database and of the index on disk, about. */
  readonly bytes: number;
  /** The one that `rollback` goes back to. */
  readonly isPrevious: boolean;
}

const BYTES_PER_FLOAT = 4;

/**
 * By id, oldest first.
 * @throws AppError NOT_FOUND, LIBRARY_CORRUPT, LIBRARY_MISMATCH
 */
export async function listGenerations(dataFolder: string): Promise<GenerationSummary[]> {
  const store = Store.open(path.join(dataFolder, 'library.sqlite'), 'read');
  try {
    const previous = store.generations.previous();
    const summaries: GenerationSummary[] = [];
    for (const generation of store.generations.all()) {
      const { id, dimension } = generation;
      const vectors = store.vectors.summary(id).count;
      const floats = dimension * (vectors + store.textVectors.summary(id).count);
      summaries.push({
        ...generation,
        ...store.generations.completeness(id),
        vectors,
        bytes: floats * BYTES_PER_FLOAT + (await folderBytes(indexFolder(dataFolder, id))),
        isPrevious: previous?.id === id,
      });
    }
    return summaries;
  } finally {
    store.close();
  }
}

/** 0 where there is none: it is made when the generation is first searched. */
async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map((file) =>
      stat(path.join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
