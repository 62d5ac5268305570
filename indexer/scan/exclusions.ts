/**
 * What a scan leaves out: hidden names, names of folders, paths, and patterns.
 * Source: our own; patterns are those of picomatch, taken the way a .gitignore takes them. Deviation: no negation.
 */
import path from 'node:path';
import picomatch from 'picomatch';
import { AppError, messageOf } from '../../model/index.ts';

export interface ExclusionRules {
  /** Names of folders that are left out wherever they are, in any case of letters. */
  readonly excludeFolders: readonly string[];
  /** Absolute paths of folders that are left out: the library's own. */
  readonly excludePaths: readonly string[];
  /**
   * Patterns of files and folders, in any case of letters. One without a slash is held against the name, one with
   * a slash against the path from the root. Default: none.
   */
  readonly excludeGlobs?: readonly string[] | undefined;
}

/** Nobody writes more by hand; a longer one may take long to match. */
const GLOB_CHARACTERS_MAX = 1000;

export class Exclusions {
  readonly #root: string;
  readonly #folders: ReadonlySet<string>;
  readonly #paths: readonly string[];
  readonly #matchesName: (name: string) => boolean;
  readonly #matchesPath: (relative: string) => boolean;

  /**
   * @param root what paths in patterns begin from
   * @throws AppError INVALID_ARGUMENT for a pattern that is none
   */
  constructor(root: string, { excludeFolders, excludePaths, excludeGlobs = [] }: ExclusionRules) {
    this.#root = root;
    this.#folders = new Set(excludeFolders.map((name) => name.toLowerCase()));
    this.#paths = excludePaths;
    const globs = excludeGlobs.map((glob) => checked(glob));
    this.#matchesName = matcher(globs.filter((glob) => !glob.includes('/')));
    this.#matchesPath = matcher(globs.filter((glob) => glob.includes('/')).map((glob) => withoutStart(glob)));
  }

  file(place: string): boolean {
    return path.basename(place).startsWith('.') || this.#isMatched(place);
  }

  folder(place: string): boolean {
    const isNamed = this.#folders.has(path.basename(place).toLowerCase());
    return isNamed || this.#paths.includes(place) || this.file(place);
  }

  /** Whether a scan from the root never comes to this folder, because it or one above it is left out. */
  isBehind(place: string): boolean {
    for (let folder = place; folder.length > this.#root.length; folder = path.dirname(folder)) {
      if (this.folder(folder)) return true;
    }
    return false;
  }

  #isMatched(place: string): boolean {
    if (this.#matchesName(path.basename(place))) return true;
    return this.#matchesPath(path.relative(this.#root, place).replaceAll(path.sep, '/'));
  }
}

/** @throws AppError INVALID_ARGUMENT */
function checked(glob: string): string {
  const bare = glob.trim().replace(/\/+$/, '');
  if (bare === '' || bare.startsWith('!') || glob.length > GLOB_CHARACTERS_MAX) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `--exclude: found "${glob.slice(0, 80)}", expected a pattern such as "*.tif", "private" or "2019/**"; what is to be indexed after all cannot be named by a leading "!"`,
    );
  }
  return bare;
}

/** `/private` and `./private` mean the one in the root, as in a .gitignore. */
function withoutStart(glob: string): string {
  return glob.replace(/^\.?\/+/, '');
}

function matcher(globs: readonly string[]): (text: string) => boolean {
  if (globs.length === 0) return () => false;
  try {
    // The paths have slashes on every system.
    return picomatch([...globs], { dot: true, nocase: true, windows: false });
  } catch (error) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `--exclude: ${globs.join(', ')}: no pattern (${messageOf(error)}), expected one such as "*.tif" or "2019/**"`,
      { cause: error },
    );
  }
}
