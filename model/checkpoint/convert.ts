/**
 * Stored elements of any dtype to float32.
 * Source: our own. Deviation: none; integers beyond 2^53 are rounded once, not through float64.
 */
import type { TensorDtype } from './checkpoint.ts';
import { widenBfloat16, widenFloat16 } from './half-float.ts';

/**
 * Fills `target` with the elements in `bytes` (little-endian, `bytes.byteOffset` a multiple of the element
 * size, exactly as many elements as `target`).
 */
export function convertToFloat32(dtype: TensorDtype, bytes: Uint8Array, target: Float32Array): void {
  const { buffer, byteOffset } = bytes;
  const count = target.length;
  switch (dtype) {
    case 'float32':
      target.set(new Float32Array(buffer, byteOffset, count));
      return;
    case 'float16':
      widenFloat16(new Uint16Array(buffer, byteOffset, count), target);
      return;
    case 'bfloat16':
      widenBfloat16(new Uint16Array(buffer, byteOffset, count), target);
      return;
    case 'float64':
      target.set(new Float64Array(buffer, byteOffset, count));
      return;
    case 'int64':
      convertInt64(new BigInt64Array(buffer, byteOffset, count), target);
      return;
    case 'int32':
      target.set(new Int32Array(buffer, byteOffset, count));
      return;
    case 'int16':
      target.set(new Int16Array(buffer, byteOffset, count));
      return;
    case 'int8':
      target.set(new Int8Array(buffer, byteOffset, count));
      return;
    case 'uint8':
      target.set(bytes.subarray(0, count));
      return;
    case 'bool':
      for (let i = 0; i < count; i += 1) target[i] = bytes[i] === 0 ? 0 : 1;
      return;
  }
}

function convertInt64(values: BigInt64Array, target: Float32Array): void {
  for (let i = 0; i < target.length; i += 1) {
    const value = values[i] ?? 0n;
    const nearest = Number(value);
    target[i] = Number.isSafeInteger(nearest) ? nearest : Number(withStickyBit(value));
  }
}

/** Folds the low 11 bits into one, far below float32's last place, so that float64 holds the rest exactly. */
function withStickyBit(value: bigint): bigint {
  const kept = (value >> 11n) << 11n;
  return kept === value ? value : kept | (1n << 11n);
}
