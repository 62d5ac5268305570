/**
 * Rows of token ids as the text tower takes them.
 * Source: the XLM-R numbering and the BEiT-3 data sets. Deviation: none.
 */
import { AppError } from '../errors.ts';

/** Ids of the special tokens. `<mask>` comes last, after all pieces: see `Tokenizer.maskId`. */
export const specialIds = { bos: 0, pad: 1, eos: 2, unk: 3 } as const;

export interface PaddedRows {
  /** int64 [B, T], `specialIds.pad` after the end of a row */
  readonly inputIds: BigInt64Array;
  /** int64 [B, T], 1 at padding */
  readonly paddingMask: BigInt64Array;
  /** B */
  readonly batch: number;
  /** T */
  readonly length: number;
}

/**
 * @param rows one or more rows as `encodeRow` makes them
 * @param length T; default: that of the longest row
 * @throws AppError INVALID_ARGUMENT where a row is longer than `length`
 */
export function padRows(rows: readonly (readonly number[])[], length?: number): PaddedRows {
  const longest = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const padded = length ?? longest;
  if (!Number.isSafeInteger(padded) || padded < longest) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `token rows: length ${padded}, expected at least ${longest}, which the longest row has; cut the rows or raise the length`,
    );
  }
  const inputIds = new BigInt64Array(rows.length * padded).fill(BigInt(specialIds.pad));
  const paddingMask = new BigInt64Array(rows.length * padded).fill(1n);
  for (const [index, row] of rows.entries()) {
    const start = index * padded;
    for (const [position, id] of row.entries()) inputIds[start + position] = BigInt(id);
    paddingMask.fill(0n, start, start + row.length);
  }
  return { inputIds, paddingMask, batch: rows.length, length: padded };
}
