/**
 * Real files whose grey says which row of given features they are: known vectors can go the whole way of an evaluation.
 * Source: our own. Deviation: none.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { EvaluationOptions } from '../../../scripts/evaluate/index.ts';

/** Steps of grey that no rounding of the decoder mixes up. */
const STEP = 5;
export const numberedPhotosMax = Math.floor(255 / STEP);

const spec = { side: 8, resize: 'stretch', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

export interface NumberedSet {
  /** float32 [photos, D] */
  readonly images: Float32Array;
  /** float32 [captions, D] */
  readonly texts: Float32Array;
  /** of each caption */
  readonly owners: readonly number[];
}

export function photoName(photo: number): string {
  return `photo ${photo}.png`;
}

export function captionText(caption: number): string {
  return `caption ${caption}`;
}

export async function writeNumberedPhotos(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let photo = 0; photo < count; photo += 1) {
    const value = photo * STEP;
    const picture = sharp({
      create: { width: 8, height: 8, channels: 3, background: { r: value, g: value, b: value } },
    });
    await writeFile(path.join(folder, photoName(photo)), await picture.png().toBuffer());
  }
}

function photoOf(pixels: Float32Array): number {
  return Math.round((((pixels[0] ?? 0) + 1) * 127.5) / STEP);
}

function captionOf(text: string): number {
  return Number(text.split(' ').at(-1));
}

/** @param fusion the score of a pair; without it the model cannot fuse */
export function numberedEmbedder(
  set: NumberedSet,
  fusion?: (photo: number, caption: number) => number,
): EvaluationOptions['embedder'] & { scored: number } {
  const dimension = set.texts.length / set.owners.length;
  const row = (matrix: Float32Array, index: number) =>
    matrix.slice(index * dimension, (index + 1) * dimension);
  const embedder = {
    name: 'numbered',
    dimension,
    preprocess: spec,
    batchSizeMax: 4,
    canFuse: fusion !== undefined,
    scored: 0,
    encodeImages: (images: readonly Float32Array[]) =>
      Promise.resolve(images.map((pixels) => row(set.images, photoOf(pixels)))),
    encodeTexts: (texts: readonly string[]) =>
      Promise.resolve(texts.map((text) => ({ vector: row(set.texts, captionOf(text)), truncated: false }))),
    scorePairs: (pairs: readonly { readonly pixels: Float32Array; readonly text: string }[]) => {
      embedder.scored += pairs.length;
      return Promise.resolve(
        Float32Array.from(pairs, ({ pixels, text }) => fusion?.(photoOf(pixels), captionOf(text)) ?? 0),
      );
    },
  };
  return embedder;
}

/** The dataset of such a set: captions of a photo stand together, as everywhere. */
export function numberedDataset({ owners }: NumberedSet): EvaluationOptions['dataset'] {
  const captions = new Map<number, string[]>();
  for (const [caption, owner] of owners.entries()) {
    captions.set(owner, [...(captions.get(owner) ?? []), captionText(caption)]);
  }
  const photos = [...captions].toSorted(([a], [b]) => a - b);
  return {
    photos: photos.map(([photo, list]) => ({ photo: photoName(photo), captions: list })),
    uncaptioned: [],
  };
}

/** Unit vectors, the same for the same seed. */
export function unitRows(rows: number, dimension: number, random: () => number): Float32Array {
  const matrix = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row += 1) {
    const values = Array.from({ length: dimension }, () => random() * 2 - 1);
    const length = Math.hypot(...values);
    for (const [feature, value] of values.entries()) matrix[row * dimension + feature] = value / length;
  }
  return matrix;
}
