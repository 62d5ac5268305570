/**
 * What a folder picker shows of one folder.
 * Source: our own. Deviation: none.
 */
import { opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { looksLikePicture } from '../../indexer/index.ts';
import { AppError, messageOf } from '../../model/index.ts';
import type { FoldersDocument } from '../schema/index.ts';
import { isInside, type AllowedFolder } from './allowed-folders.ts';

/** Of `FoldersDocument.folders`. */
const FOLDERS_MAX = 1000;
/** Names that are sorted: more would hold up searches. */
const NAMES_MAX = 10_000;
/** A folder of more files is not read to its end. */
const ENTRIES_MAX = 200_000;
/** Entries that are fetched at once. */
const ENTRIES_BUFFERED = 1024;

type Folder = FoldersDocument['folders'][number];

const collator = new Intl.Collator('en', { numeric: true });

export function topFolders(allowed: readonly AllowedFolder[]): FoldersDocument {
  const folders = allowed.map((one) => ({ name: path.basename(one.path) || one.path, path: one.path }));
  return { path: null, parent: null, folders: sorted(folders), isComplete: true, photos: null };
}

/** Hidden folders are left out, as a scan leaves them out; links that lead out of the allowed folders too. */
export async function listFolder(
  folder: AllowedFolder,
  allowed: readonly AllowedFolder[],
): Promise<FoldersDocument> {
  const { names, links, photos, isComplete } = await read(folder);
  for (const name of links) {
    if (await leadsInside(path.join(folder.real, name), allowed)) names.push(name);
  }
  const folders = sorted(names.map((name) => ({ name, path: path.join(folder.path, name) })));
  const above = path.dirname(folder.real);
  const hasParent = above !== folder.real && allowed.some((one) => isInside(above, one.real));
  return {
    path: folder.path,
    parent: hasParent ? path.dirname(folder.path) : null,
    folders: folders.slice(0, FOLDERS_MAX),
    isComplete: isComplete && folders.length <= FOLDERS_MAX,
    photos,
  };
}

async function read({ path: place, real }: AllowedFolder) {
  const names: string[] = [];
  const links: string[] = [];
  let photos = 0;
  let entries = 0;
  try {
    for await (const entry of await opendir(real, { bufferSize: ENTRIES_BUFFERED })) {
      entries += 1;
      if (entries > ENTRIES_MAX || names.length + links.length >= NAMES_MAX) {
        return { names, links, photos, isComplete: false };
      }
      // Bytes that are no UTF-8 cannot be sent, nor found again.
      if (entry.name.startsWith('.') || entry.name.includes('\uFFFD')) continue;
      if (entry.isDirectory()) names.push(entry.name);
      else if (entry.isSymbolicLink()) links.push(entry.name);
      else if (entry.isFile() && looksLikePicture(entry.name)) photos += 1;
    }
  } catch (error) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${place}: cannot be read (${messageOf(error)}), expected a folder that the user of this server may read; change its permissions`,
      { cause: error },
    );
  }
  return { names, links, photos, isComplete: true };
}

async function leadsInside(link: string, allowed: readonly AllowedFolder[]): Promise<boolean> {
  const real = await realpath(link).catch(() => undefined);
  if (real === undefined || !allowed.some((one) => isInside(real, one.real))) return false;
  return (await stat(real).catch(() => undefined))?.isDirectory() === true;
}

function sorted(folders: readonly Folder[]): Folder[] {
  return folders.toSorted((a, b) => collator.compare(a.name, b.name));
}
