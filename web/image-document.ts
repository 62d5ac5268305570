/**
 * A photo of the library as JSON.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import path from 'node:path';
import type { ImageRecord } from '../indexer/index.ts';
import type { ImageDocument } from './schema/image.ts';

/** Hexadecimal digits of the hash that make a thumbnail's address new when the photo is. */
const VERSION_DIGITS = 16;

/** What stands in the address of a thumbnail for the bytes it was made from. */
export function versionOf(record: ImageRecord): string {
  return record.contentHash.slice(0, VERSION_DIGITS);
}

/** @param options.showPath whether the reader may know where on the disk the photo lies */
export function imageDocument(record: ImageRecord, options: { readonly showPath: boolean }): ImageDocument {
  const address = `/v1/images/${record.id}`;
  const thumbnail = `${address}/thumbnail?v=${versionOf(record)}`;
  return {
    id: record.id,
    ...(options.showPath && { path: record.path }),
    fileName: path.basename(record.path),
    folder: folderOf(record),
    width: record.width,
    height: record.height,
    bytes: record.bytes,
    format: record.format,
    takenAt: record.takenAt,
    thumbnail: `${thumbnail}&size=small`,
    preview: `${thumbnail}&size=large`,
    original: `${address}/original`,
  };
}

function folderOf(record: ImageRecord): string {
  const folder = path.dirname(record.path);
  // A root may be a single file.
  if (record.root === record.path) return path.basename(folder);
  return path.join(path.basename(record.root), path.relative(record.root, folder)).replaceAll(path.sep, '/');
}
