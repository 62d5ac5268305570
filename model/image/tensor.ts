/**
 * Pixels to the numbers a network reads.
 * Source: BEIT3.md section 8 (torchvision's ToTensor and Normalize). Deviation: none; equal to the fixtures
 * in every bit.
 */
import { AppError } from '../errors.ts';
import { checkPixels, type Pixels } from './pixels.ts';
import { checkSpec, type PreprocessSpec } from './preprocess-spec.ts';

/** A picture of the model's size: the numbers that the network reads, or bytes that become them. */
export type NetworkImage = Float32Array | Pixels;

/**
 * Normalises a picture that already has the model's size.
 * @returns float32 [3, S, S], red plane first
 * @throws AppError INVALID_ARGUMENT where the picture is not S x S
 */
export function toTensor(pixels: Pixels, spec: PreprocessSpec): Float32Array {
  checkModelSize(pixels, spec);
  return toTensors([pixels], spec);
}

/**
 * One picture behind the other. Bytes are normalised on their way, without a copy of each in between.
 * @param images float32 [3, S, S], or pixels for which `checkModelSize` holds
 * @returns float32 [B, 3, S, S]
 */
export function toTensors(images: readonly NetworkImage[], spec: PreprocessSpec): Float32Array {
  const size = 3 * spec.side * spec.side;
  const [red, green, blue] = [0, 1, 2].map((channel) =>
    normalisedBytes(spec.mean[channel] as number, spec.std[channel] as number),
  ) as [Float32Array, Float32Array, Float32Array];
  const tensor = new Float32Array(images.length * size);
  for (const [index, image] of images.entries()) {
    if (image instanceof Float32Array) tensor.set(image, index * size);
    else writePlanes(tensor.subarray(index * size, (index + 1) * size), image.data, { red, green, blue });
  }
  return tensor;
}

/** @throws AppError INVALID_ARGUMENT where the picture is not S x S */
export function checkModelSize(pixels: Pixels, spec: PreprocessSpec): void {
  checkSpec(spec);
  checkPixels(pixels);
  const { side } = spec;
  if (pixels.width !== side || pixels.height !== side) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `toTensor: the picture is ${pixels.width} x ${pixels.height}, expected ${side} x ${side}; resize it first (resizeForModel)`,
    );
  }
}

/** @param tensor float32 [3, S, S]. @param data uint8 [S, S, 3]. One walk over the bytes is faster than one a plane. */
function writePlanes(
  tensor: Float32Array,
  data: Uint8Array,
  {
    red,
    green,
    blue,
  }: { readonly red: Float32Array; readonly green: Float32Array; readonly blue: Float32Array },
): void {
  const plane = tensor.length / 3;
  for (let at = 0, from = 0; at < plane; at += 1, from += 3) {
    tensor[at] = red[data[from] as number] as number;
    tensor[plane + at] = green[data[from + 1] as number] as number;
    tensor[2 * plane + at] = blue[data[from + 2] as number] as number;
  }
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
