/**
 * The folders that may be looked into, and indexed, over HTTP.
 * Source: OWASP cheat sheets on path traversal. Deviation: none.
 *
 * What counts is where a path leads when every link in it was followed. What lies outside is refused in the same words
 * whether it exists or not, so that nobody can feel their way about the disk.
 */
import { lstat, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Library } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { HttpProblem } from '../errors.ts';

export interface FolderRules {
  /** Absolute; beside the indexed ones. None: the home folder, where only people at this machine can connect. */
  readonly allowed: readonly string[];
  /** absolute; null: there is none worth showing */
  readonly home: string | null;
}

export interface AllowedFolder {
  /** As people, and the library, name it. */
  readonly path: string;
  /** The same without links. */
  readonly real: string;
}

const FORBIDDEN_SHOWN_MAX = 200;

/** @returns those that are there now, each once */
export async function allowedFolders(
  library: Library,
  { allowed, home }: FolderRules,
  isLocal: boolean,
): Promise<readonly AllowedFolder[]> {
  const own = allowed.length > 0 ? allowed : isLocal && home !== null ? [home] : [];
  const found = new Map<string, AllowedFolder>();
  // Roots first: where two names lead to one place, the library's must be used.
  const roots = library.store.roots.all().filter(({ kind }) => kind === 'folder');
  for (const place of [...roots.map((root) => root.path), ...own]) {
    const real = await realpath(place).catch(() => undefined);
    if (real === undefined || found.has(real)) continue;
    const status = await stat(real).catch(() => undefined);
    if (status?.isDirectory() === true) found.set(real, { path: place, real });
  }
  return [...found.values()];
}

/**
 * Where a path leads.
 * @param place as somebody sent it
 * @throws AppError INVALID_ARGUMENT for a relative one, FILE_NOT_FOUND inside of an allowed one, UNSUPPORTED for a file;
 *   HttpProblem FOLDER_NOT_ALLOWED
 */
export async function resolveFolder(
  place: string,
  allowed: readonly AllowedFolder[],
): Promise<AllowedFolder> {
  if (!path.isAbsolute(place) || place.includes('\0')) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `folder: found ${JSON.stringify(place.slice(0, FORBIDDEN_SHOWN_MAX))}, expected an absolute path`,
    );
  }
  const wanted = path.resolve(place);
  const real = await lastReal(wanted);
  if (real === undefined || !allowed.some((one) => isInside(real.path, one.real))) throw forbidden(wanted);
  if (!real.isWhole) {
    throw new AppError('FILE_NOT_FOUND', `${wanted}: is not there, expected a folder; check its name`);
  }
  const status = await stat(real.path).catch(() => undefined);
  if (status?.isDirectory() !== true) {
    throw new AppError(
      'UNSUPPORTED',
      `${wanted}: is a file, expected a folder; name the one that it lies in`,
    );
  }
  return { path: namedBy(real.path, allowed), real: real.path };
}

export function isInside(real: string, folder: string): boolean {
  return real === folder || real.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

/**
 * The library knows photos by the names it was given: what it reaches by a link must not be indexed again by its real name.
 */
function namedBy(real: string, allowed: readonly AllowedFolder[]): string {
  const holders = allowed.filter((one) => isInside(real, one.real));
  const [nearest] = holders.toSorted((a, b) => b.real.length - a.real.length);
  return nearest === undefined ? real : path.join(nearest.path, path.relative(nearest.real, real));
}

/** Of a path the longest part that exists; undefined where that ends in a link to nothing. */
async function lastReal(
  wanted: string,
): Promise<{ readonly path: string; readonly isWhole: boolean } | undefined> {
  for (let at = wanted; ; at = path.dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return { path: real, isWhole: at === wanted };
    const link = await lstat(at).catch(() => undefined);
    if (link?.isSymbolicLink() === true || at === path.dirname(at)) return undefined;
  }
}

function forbidden(place: string): HttpProblem {
  const name = place.length > FORBIDDEN_SHOWN_MAX ? `${place.slice(0, FORBIDDEN_SHOWN_MAX)}…` : place;
  return new HttpProblem(
    'FOLDER_NOT_ALLOWED',
    403,
    `${name}: is not inside a folder that may be indexed from here, expected one that GET /v1/folders lists; ` +
      'start the server with --allow-folder and this folder (or IMGLISH_ALLOW_FOLDERS), or index it at the terminal of the server',
  );
}
