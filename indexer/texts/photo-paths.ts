/**
 * Which photo a path in a list of texts means.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import type { Store } from '../store/index.ts';

/** A library of more folders than this is asked for in its first ones. */
const ROOTS_ASKED_MAX = 64;

/**
 * A path is absolute, or starts in the folder of the list, in the folder that the user named, or in a folder that was
 * indexed; the first of these where the library has a photo. Where it has none, the path is kept as the user's
 * folder (else that of the list) has it, and the text is joined to the photo when it comes in.
 */
export class PhotoPaths {
  readonly #store: Store;
  readonly #folders: readonly string[];
  readonly #home: string;

  constructor(store: Store, options: { readonly listFolder: string; readonly photos: string | undefined }) {
    this.#store = store;
    this.#home = options.photos ?? options.listFolder;
    const roots = store.roots.all().filter(({ kind }) => kind === 'folder');
    this.#folders = [
      ...new Set([
        this.#home,
        options.listFolder,
        ...roots.slice(0, ROOTS_ASKED_MAX).map((root) => root.path),
      ]),
    ];
  }

  /** @returns absolute */
  resolve(written: string): string {
    if (path.isAbsolute(written)) return path.normalize(written);
    for (const folder of this.#folders) {
      const candidate = path.resolve(folder, written);
      if (this.#store.texts.hasImageAt(candidate)) return candidate;
    }
    return path.resolve(this.#home, written);
  }
}
