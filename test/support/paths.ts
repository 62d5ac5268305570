/**
 * Where tests find the project, its fixtures and the optional shared folder beside it.
 * Source: our own. Deviation: none.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder that holds package.json, found from the compiled file upwards. */
export const projectRoot = findProjectRoot(import.meta.dirname);

/** Fixtures that are part of the project. */
export const fixturesFolder = path.join(projectRoot, 'test', 'fixtures');

/** Material that may not be committed (photographs, the official vocabulary); often absent. */
export const sharedFolder = process.env['IMGLISH_SHARED'] ?? path.join(projectRoot, '..', 'shared');

/** For node:test's `skip`: false where the shared path exists, else the reason. */
export function skipWithout(sharedPath: string): string | false {
  const full = path.join(sharedFolder, sharedPath);
  return existsSync(full) ? false : `needs shared/${sharedPath} beside the project`;
}

function findProjectRoot(start: string): string {
  let folder = start;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${start}`);
    folder = parent;
  }
  return folder;
}
