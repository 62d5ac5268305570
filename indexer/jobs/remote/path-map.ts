/**
 * Where the owner's photos lie on a worker's machine, and which files a worker may read at all.
 * Source: our own. Deviation: none.
 */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../../../model/index.ts';

/** A folder (or file) as both sides call it; absolute. */
export interface PathRule {
  readonly owner: string;
  readonly worker: string;
}

/**
 * @param text `/owner/path=/worker/path`
 * @throws AppError INVALID_ARGUMENT
 */
export function parsePathRule(text: string): PathRule {
  const [owner, worker, ...more] = text.split('=');
  if (!owner || !worker || more.length > 0 || !isAbsolute(owner) || !path.isAbsolute(worker)) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `--map: found "${text}", expected two absolute paths such as /photos=/mnt/photos`,
    );
  }
  return { owner, worker: path.resolve(worker) };
}

export class PathMap {
  readonly #rules: readonly PathRule[];
  /** With links resolved, because a file may be reached by another way than it is named. */
  readonly #realRoots: readonly string[];

  private constructor(rules: readonly PathRule[], realRoots: readonly string[]) {
    // The innermost rule counts.
    this.#rules = rules.toSorted((a, b) => b.owner.length - a.owner.length);
    this.#realRoots = realRoots;
  }

  /**
   * @throws AppError INVALID_ARGUMENT where there is no rule, FILE_NOT_FOUND where a folder of one is not there: a share
   *   that is not mounted
   */
  static async open(rules: readonly PathRule[]): Promise<PathMap> {
    if (rules.length === 0) {
      throw new AppError(
        'INVALID_ARGUMENT',
        '--map, --root: none is given, expected the folders that this worker may read, such as --root /photos or --map /photos=/mnt/photos',
      );
    }
    const realRoots: string[] = [];
    for (const { owner, worker } of rules) {
      try {
        realRoots.push(await realpath(worker));
      } catch (error) {
        throw new AppError(
          'FILE_NOT_FOUND',
          `${worker}: cannot be entered (${messageOf(error)}), expected the photos that the owner of the library calls ${owner}; mount the share, or say where it is with --map ${owner}=/path/here`,
          { cause: error },
        );
      }
    }
    return new PathMap(rules, realRoots);
  }

  /**
   * @returns the path on this machine
   * @throws AppError FILE_UNREADABLE for what lies outside, by name or by link; FILE_NOT_FOUND
   */
  async resolve(ownerPath: string): Promise<string> {
    const rule = this.#rules.find(({ owner }) => isInside(normalized(ownerPath), normalized(owner)));
    if (rule === undefined) throw this.#outside(ownerPath);
    const rest = normalized(ownerPath).slice(normalized(rule.owner).length);
    const local = path.join(rule.worker, ...rest.split('/'));
    let real: string;
    try {
      real = await realpath(local);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
      throw new AppError(
        isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
        `${ownerPath}: cannot be found here as ${local} (${messageOf(error)}); is the share mounted?`,
        { cause: error },
      );
    }
    if (!this.#realRoots.some((root) => isInside(normalized(real), normalized(root)))) {
      throw this.#outside(ownerPath);
    }
    return local;
  }

  #outside(ownerPath: string): AppError {
    const allowed = this.#rules.map(({ owner }) => owner).join(', ');
    return new AppError(
      'FILE_UNREADABLE',
      `${ownerPath}: lies outside of what this worker may read (${allowed}); allow it with --map or --root`,
    );
  }
}

function isInside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Of any system, without `..` and with slashes. */
function normalized(place: string): string {
  const slashed = /^[A-Za-z]:[\\/]|^\\\\/.test(place) ? place.replaceAll('\\', '/') : place;
  const plain = path.posix.normalize(slashed);
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain;
}

function isAbsolute(place: string): boolean {
  return path.posix.isAbsolute(place) || path.win32.isAbsolute(place);
}
