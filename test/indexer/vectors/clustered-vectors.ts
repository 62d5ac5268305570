/**
 * Vectors as pictures have them: in clusters of similar ones, all of unit length.
 * Source: our own. Deviation: none.
 */
import type { VectorEntry } from '../../../indexer/index.ts';
import { randomNumbers } from '../../support/photo-folder.ts';

export interface ClusterOptions {
  readonly count: number;
  readonly dimension: number;
  readonly clusters: number;
  /** Distance from the centre of a cluster, where the centre has length 1. */
  readonly spread: number;
  readonly seed: number;
}

/** ids from 1 */
export function clusteredVectors(options: ClusterOptions): VectorEntry[] {
  const random = randomNumbers(options.seed);
  const centres = Array.from({ length: options.clusters }, () => randomUnit(random, options.dimension));
  return Array.from({ length: options.count }, (_, index) => {
    const centre = centres[Math.floor(random() * options.clusters)] as Float32Array;
    return { id: index + 1, vector: near(centre, options.spread, random) };
  });
}

/** A vector beside another. */
export function near(centre: Float32Array, spread: number, random: () => number): Float32Array {
  const noise = randomUnit(random, centre.length);
  return normalized(centre.map((value, index) => value + spread * (noise[index] ?? 0)));
}

export function randomUnit(random: () => number, dimension: number): Float32Array {
  return normalized(Float32Array.from({ length: dimension }, () => gaussian(random)));
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function normalized(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return vector.map((value) => value / Math.sqrt(squares));
}
