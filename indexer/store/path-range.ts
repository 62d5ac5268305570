/**
 * "At or below this folder" as a range of path texts, which an index answers.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';

/**
 * SQLite compares texts byte by byte, so everything below `/a` lies from `/a/` up to, and without, `/a0`
 * (the character after the separator). The path itself, where it is a file, is asked for by the caller.
 * @returns the smallest text in the range, and the smallest above it
 */
export function belowRange(folder: string): readonly [string, string] {
  const prefix = folder.endsWith(path.sep) ? folder : folder + path.sep;
  const next = String.fromCharCode(path.sep.charCodeAt(0) + 1);
  return [prefix, prefix.slice(0, -1) + next];
}

/** Whether `file` is `folder` or lies below it. */
export function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}
