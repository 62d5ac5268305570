/**
 * Messages name places; whoever reads an answer may know a photo's name, not where it lies on the disk.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import type { Library } from '../indexer/index.ts';

/** A path from the root on, up to its last part. A word before the slash makes it a fraction or an address. */
const ABSOLUTE_FOLDERS = /(?<![\w.:/\\])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:"']+[/\\])+/g;

/** The message with every path cut down: to the indexed folder's own name, elsewhere to the file's. */
export function withoutFolders(message: string, library: Library): string {
  let text = message;
  const folders = [library.dataFolder, ...library.store.roots.all().map((root) => root.path)];
  // The longest first: a folder may lie in another one.
  for (const folder of folders.toSorted((a, b) => b.length - a.length)) {
    text = text.replaceAll(folder, path.basename(folder));
  }
  return text.replaceAll(ABSOLUTE_FOLDERS, '');
}
