/**
 * What a rendered album says about itself: `album.json` beside the pictures. It keeps albums of different seeds
 * apart, lets an interrupted run go on, and notices files that changed.
 * Source: our own. Deviation: none.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../../model/index.ts';
import type { AlbumSeed } from './scene.ts';

/** Raise it when the same seed gives other pictures or captions than before: old albums are then made anew. */
const ALBUM_VERSION = 2;

export const STAMP_FILE = 'album.json';
export const CAPTIONS_FILE = 'captions.jsonl';

/** A stamp lists a line per picture; far above any album, far below what could hurt. */
const STAMP_BYTES_MAX = 64 * 1024 * 1024;

/** Names that only an album gives; nothing else in its folder is ever touched. */
const pictureName = /^\d{4,}-[0-9a-f]{6}\.jpg$/;
const partialName = /^\.(?:album\.json|captions\.jsonl|\d{4,}-[0-9a-f]{6}\.jpg)\.[0-9a-f]{8}\.part$/;

export interface AlbumRequest {
  /** Absolute path. */
  readonly folder: string;
  readonly seed: AlbumSeed;
  readonly count: number;
  /** Longer side, pixels. */
  readonly side: number;
}

const stampSchema = z.object({
  album: z.literal('imglish-demo-album'),
  version: z.number().int(),
  seed: z.string(),
  count: z.number().int(),
  side: z.number().int(),
  /** false while pictures are missing. */
  complete: z.boolean(),
  /** SHA-256, hexadecimal, of each finished file by its name. */
  files: z.record(z.string(), z.string()),
});

export type AlbumStamp = z.infer<typeof stampSchema>;

export function stampFor(
  request: AlbumRequest,
  complete: boolean,
  files: Readonly<Record<string, string>>,
): AlbumStamp {
  const { seed, count, side } = request;
  // In the order of names, so that equal albums have equal stamps however they came about.
  const sorted = Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { album: 'imglish-demo-album', version: ALBUM_VERSION, seed, count, side, complete, files: sorted };
}

/** True if the stamp is that of a finished album of this very request. */
export function isFinished(stamp: AlbumStamp | null, request: AlbumRequest): boolean {
  if (stamp === null) return false;
  const { version, seed, count, side } = stamp;
  const isSame = seed === request.seed && count === request.count && side === request.side;
  return stamp.complete && version === ALBUM_VERSION && isSame;
}

/** `0001-3fa1c2.jpg`: the place in the album and a mark of seed, side and version. It says nothing about what is seen. */
export function pictureFile(request: AlbumRequest, index: number): string {
  const mark = sha256([ALBUM_VERSION, request.seed, request.side, index].join('\u0000')).slice(0, 6);
  return `${String(index + 1).padStart(4, '0')}-${mark}.jpg`;
}

/**
 * The stamp of the folder, or null where the folder is new.
 * @throws AppError INVALID_ARGUMENT for a folder with something else in it, or with an album of another seed;
 *   FILE_UNREADABLE for a damaged stamp.
 */
export async function readStamp(request: AlbumRequest): Promise<AlbumStamp | null> {
  const { folder, seed } = request;
  const names = await readdir(folder);
  if (!names.includes(STAMP_FILE)) {
    const foreign = names.find((name) => !name.startsWith('.'));
    if (foreign === undefined) return null;
    throw new AppError(
      'INVALID_ARGUMENT',
      `${folder}: holds "${foreign}" and no demo album, expected an empty folder; name another folder`,
    );
  }
  const stamp = parseStamp(path.join(folder, STAMP_FILE), await readFile(path.join(folder, STAMP_FILE)));
  if (stamp.seed === seed) return stamp;
  throw new AppError(
    'INVALID_ARGUMENT',
    `${folder}: holds the album of seed "${stamp.seed}", expected "${seed}"; albums are not mixed, name another folder`,
  );
}

/** Names of the album's pictures and half-written files that the request has no use for. */
export async function outdatedFiles(request: AlbumRequest): Promise<string[]> {
  const wanted = new Set(
    Array.from({ length: request.count }, (_unused, index) => pictureFile(request, index)),
  );
  const names = await readdir(request.folder);
  return names.filter((name) => partialName.test(name) || (pictureName.test(name) && !wanted.has(name)));
}

/** Hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function parseStamp(file: string, bytes: Uint8Array): AlbumStamp {
  try {
    if (bytes.byteLength > STAMP_BYTES_MAX) throw new RangeError(`it has ${bytes.byteLength} bytes`);
    return stampSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    const reason = messageOf(cause).split('\n')[0] ?? '';
    throw new AppError(
      'FILE_UNREADABLE',
      `${file}: is not the stamp of a demo album (${reason}); delete the folder to have the album painted again`,
      { cause },
    );
  }
}
