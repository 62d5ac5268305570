/**
 * A model of the size of BEiT-3 base that nobody trained: as slow as the real one, and free.
 * Source: our own. Deviation: none.
 */
import { statfs } from 'node:fs/promises';
import { parametersOf, sizes, type Beit3Config } from '../../model/index.ts';
import { writePth } from './pth-writer.ts';
import { randomValues } from './random-weights.ts';

export const baseConfig: Beit3Config = { ...sizes.base, heads: { ...sizes.base.heads, retrieval: true } };

/** Checkpoint, model folder and the largest graph, in float32, and air. */
const DISK_BYTES_MIN = 4_000_000_000;

const CHUNK_ELEMENTS = 1_048_576;

/** @returns why there is no room in this folder; undefined where there is */
export async function lackOfRoom(folder: string): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= DISK_BYTES_MIN) return undefined;
  return `${(free / 1e9).toFixed(1)} GB free for temporary files, expected ${DISK_BYTES_MIN / 1e9} GB`;
}

export async function writeBaseCheckpoint(file: string): Promise<void> {
  const tensors = parametersOf(baseConfig).map(({ name, shape }) => {
    const count = shape.reduce((product, side) => product * side, 1);
    return {
      name,
      shape,
      *chunks() {
        for (let start = 0; start < count; start += CHUNK_ELEMENTS) {
          yield randomValues(name, start, Math.min(CHUNK_ELEMENTS, count - start));
        }
      },
    };
  });
  await writePth(file, tensors);
}
