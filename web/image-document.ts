/**
 * A photo of the library as JSON.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import path from 'node:path';
import type { ImageRecord, Library } from '../indexer/index.ts';
import type { ImageDetailsDocument, ImageDocument } from './schema/image.ts';

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

/** Of texts, and of copies. */
const LISTED_MAX = 100;

/** The photo with all that is known of it. */
export function imageDetailsDocument(
  library: Library,
  record: ImageRecord,
  options: { readonly showPath: boolean },
): ImageDetailsDocument {
  const { keywords, ...details } = record.details;
  const { images, texts } = library.store;
  return {
    ...imageDocument(record, options),
    ...details,
    keywords: [...keywords],
    texts: texts.ofImages([record.id], LISTED_MAX).map(({ id, kind, text, source }) => ({
      id,
      kind,
      text,
      source: options.showPath || !path.isAbsolute(source) ? source : path.basename(source),
    })),
    copies: images
      .byContent(record.contentId, LISTED_MAX + 1)
      .filter(({ id }) => id !== record.id)
      .slice(0, LISTED_MAX)
      .map((copy) => imageDocument(copy, options)),
  };
}

function folderOf(record: ImageRecord): string {
  const folder = path.dirname(record.path);
  // A root may be a single file.
  if (record.root === record.path) return path.basename(folder);
  return path.join(path.basename(record.root), path.relative(record.root, folder)).replaceAll(path.sep, '/');
}
