/**
 * Whether a graph was written to its end: hnswlib does not look whether its writes succeed, so that a full disk gives
 * a file that is cut off, and no error.
 * Source: hnswlib 0.7, `saveIndex`: a head of 96 bytes, the points with their lowest links, then for each point the
 * number of bytes of its upper links (u32) and those. Deviation: none.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '../../model/index.ts';

const HEAD_BYTES = 96;
/** u64 in the head: points in the graph, bytes of each. */
const COUNT_AT = 16;
const POINT_BYTES_AT = 24;

/** The upper links are read in such pieces. */
const PIECE_BYTES = 1_048_576;
const LENGTH_BYTES = 4;

/** @throws AppError DISK_FULL where the file is not as long as what it holds */
export async function checkWhole(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const expected = await expectedBytes(handle, size);
    if (size === expected) return;
    throw new AppError(
      'DISK_FULL',
      `${file}: was written to ${size} bytes, expected ${expected ?? 'more'}; free some space or raise the quota`,
    );
  } finally {
    await handle.close();
  }
}

/** @returns undefined where the file ends before that can be told */
async function expectedBytes(handle: FileHandle, size: number): Promise<number | undefined> {
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
  if (bytesRead < HEAD_BYTES) return undefined;
  const count = Number(head.readBigUInt64LE(COUNT_AT));
  const pointBytes = Number(head.readBigUInt64LE(POINT_BYTES_AT));
  const piece = Buffer.alloc(PIECE_BYTES);
  let start = HEAD_BYTES + count * pointBytes;
  let length = 0;
  let offset = start;
  for (let point = 0; point < count; point += 1) {
    if (offset + LENGTH_BYTES > size) return undefined;
    if (offset + LENGTH_BYTES > start + length) {
      start = offset;
      length = (await handle.read(piece, 0, PIECE_BYTES, start)).bytesRead;
    }
    offset += LENGTH_BYTES + piece.readUInt32LE(offset - start);
  }
  return offset;
}
