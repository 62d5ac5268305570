/**
 * Pixels to the numbers a network reads.
 * Source: BEIT3.md section 8 (torchvision's ToTensor and Normalize). Deviation: none; equal to the fixtures
 * in every bit.
 */
import { AppError } from '../errors.ts';
import { checkPixels, type Pixels } from './pixels.ts';
import { checkSpec, type PreprocessSpec } from './preprocess-spec.ts';

/**
 * Normalises a picture that already has the model's size.
 * @returns float32 [3, S, S], red plane first
 * @throws AppError INVALID_ARGUMENT where the picture is not S x S
 */
export function toTensor(pixels: Pixels, spec: PreprocessSpec): Float32Array {
  checkSpec(spec);
  checkPixels(pixels);
  const { side } = spec;
  if (pixels.width !== side || pixels.height !== side) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `toTensor: the picture is ${pixels.width} x ${pixels.height}, expected ${side} x ${side}; resize it first (resizeForModel)`,
    );
  }
  const plane = side * side;
  const tensor = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel += 1) {
    const values = normalisedBytes(spec.mean[channel] as number, spec.std[channel] as number);
    const start = channel * plane;
    for (let index = 0; index < plane; index += 1) {
      tensor[start + index] = values[pixels.data[index * 3 + channel] as number] as number;
    }
  }
  return tensor;
}

/**
 * The 256 values a channel can take: float32 [256]. Each step is rounded to float32 as the official
 * code does: divide by 255, subtract the mean, divide by the standard deviation.
 */
function normalisedBytes(mean: number, std: number): Float32Array {
  const values = new Float32Array(256);
  const deviation = Math.fround(std);
  for (let byte = 0; byte < 256; byte += 1) {
    values[byte] = Math.fround(Math.fround(byte / 255) - Math.fround(mean)) / deviation;
  }
  return values;
}
