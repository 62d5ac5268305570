/**
 * Made-up vectors that are as hard for a graph as those of a network: the same on every machine.
 * Source: our own, fitted to the photos and captions of Flickr8k in the built-in model. Deviation: none.
 *
 * What decides how a graph does is not the number of coordinates but how many of them matter. So a vector is a common
 * direction (all photos are photos), plus a topic, plus what sets the photo apart from its topic; the variance of the
 * coordinates falls as a power, and few topics hold most photos. A query is a vector with noise of its own, pushed
 * aside in one direction, as captions lie aside of all photos.
 *
 *                                       Flickr8k, 192 numbers   made up, 256 numbers   768 numbers
 *   cosine to the nearest, the tenth         0.87, 0.79              0.87, 0.80         0.84, 0.78
 *   intrinsic dimension (20 neighbours)          12                      15                 17
 *   length of the mean                          0.34                    0.34               0.34
 */

export interface VectorSet {
  readonly dimension: number;
  /** float32 [N, D], unit length */
  readonly vectors: Float32Array;
  /** float32 [Q, D], unit length */
  readonly queries: Float32Array;
}

export interface VectorSetOptions {
  readonly count: number;
  readonly queries: number;
  readonly dimension: number;
  readonly seed: number;
}

/** Length of the mean of all vectors. */
const COMMON = 0.34;
/** Share of the rest of the variance that a topic has; the photo itself has what is left. */
const TOPIC_SHARE = 0.6;
/** The standard deviation of coordinate i is (i + 1)^-decay. */
const DECAY = 0.6;
const PHOTOS_PER_TOPIC = 100;
/** Of a query beside a vector of length 1. */
const QUERY_NOISE = 1;
const QUERY_ASIDE = 0.8;

/** The first vectors of a larger set of the same seed and dimension are those of a smaller one, up to their topics. */
export function syntheticVectors({ count, queries, dimension, seed }: VectorSetOptions): VectorSet {
  const gaussian = gaussians(seed);
  const draw = drawer(dimension, gaussian);
  const [common, aside] = [unit(draw()), unit(draw())];
  const topics = Array.from({ length: Math.max(1, Math.ceil(count / PHOTOS_PER_TOPIC)) }, draw);
  const uniform = uniforms(seed + 1);
  const own = Math.sqrt((1 - TOPIC_SHARE) * (1 - COMMON ** 2));
  const shared = Math.sqrt(TOPIC_SHARE * (1 - COMMON ** 2));
  const vectors = new Float32Array(count * dimension);
  for (let row = 0; row < count; row += 1) {
    // Squared, so that few topics hold many photos.
    const topic = topics[Math.floor(uniform() ** 2 * topics.length)] as Float32Array;
    const photo = draw();
    const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
    for (let i = 0; i < dimension; i += 1) {
      vector[i] = COMMON * (common[i] as number) + shared * (topic[i] as number) + own * (photo[i] as number);
    }
    unit(vector);
  }
  const questions = new Float32Array(queries * dimension);
  for (let row = 0; row < queries; row += 1) {
    const start = Math.floor(uniform() * count) * dimension;
    const noise = unit(draw());
    const query = questions.subarray(row * dimension, (row + 1) * dimension);
    for (let i = 0; i < dimension; i += 1) {
      query[i] =
        (vectors[start + i] as number) +
        QUERY_NOISE * (noise[i] as number) +
        QUERY_ASIDE * (aside[i] as number);
    }
    unit(query);
  }
  return { dimension, vectors, queries: questions };
}

/** @returns a maker of vectors whose expected length is 1 */
function drawer(dimension: number, gaussian: () => number): () => Float32Array {
  const deviations = Float64Array.from({ length: dimension }, (_, i) => (i + 1) ** -DECAY);
  const scale = 1 / Math.sqrt(deviations.reduce((sum, value) => sum + value * value, 0));
  return () => {
    const vector = new Float32Array(dimension);
    for (let i = 0; i < dimension; i += 1) vector[i] = (deviations[i] as number) * scale * gaussian();
    return vector;
  };
}

/** Makes its length 1, in place. */
function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  for (let i = 0; i < vector.length; i += 1) vector[i] = (vector[i] as number) / length;
  return vector;
}

/** Box and Muller 1958; both of a pair. */
function gaussians(seed: number): () => number {
  const uniform = uniforms(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** mulberry32 by Tommy Ettinger, public domain: numbers from 0 to 1. */
function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
