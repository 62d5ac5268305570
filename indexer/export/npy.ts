/**
 * The header of a .npy file, version 1.0.
 * Source: the NPY format of NumPy (numpy.lib.format). Deviation: none.
 */

/** Data begins at a multiple of this, so that it may be mapped into memory. */
const ALIGNMENT = 64;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];

/** @returns what stands before float32 [rows, columns], little-endian, row by row */
export function npyHeader(rows: number, columns: number): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const unpadded = MAGIC.length + 2 + text.length + 1;
  const total = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
  const header = Buffer.alloc(total, ' ');
  header.set(MAGIC);
  header.writeUInt16LE(total - MAGIC.length - 2, MAGIC.length);
  header.write(text, MAGIC.length + 2, 'latin1');
  header[total - 1] = 0x0a;
  return header;
}
