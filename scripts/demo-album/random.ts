/**
 * Seeded random numbers: one independent stream per label, the same on every machine.
 * Source: the generator is sfc32 by Chris Doty-Humphrey (PractRand, public domain), seeded with SHA-256.
 * Deviation: none.
 */
import { createHash } from 'node:crypto';

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  /** A whole number, both ends included. */
  integer(from: number, to: number): number;
  chance(probability: number): boolean;
  /** One element; the list must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** One element, with the given weights (0 excludes it). */
  pickWeighted<T>(list: readonly T[], weight: (element: T) => number): T;
  shuffled<T>(list: readonly T[]): T[];
}

/** The stream of these labels; other labels give an unrelated stream. */
export function randomStream(...labels: readonly (string | number)[]): Random {
  const digest = createHash('sha256').update(labels.join('\u0000')).digest();
  const next = smallFastCounter([0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)));
  const between = (from: number, to: number): number => from + (to - from) * next();
  const integer = (from: number, to: number): number => from + Math.floor((to - from + 1) * next());

  function pick<T>(list: readonly T[]): T {
    const chosen = list[integer(0, list.length - 1)];
    if (chosen === undefined) throw new RangeError('a random choice needs a list that is not empty');
    return chosen;
  }

  function pickWeighted<T>(list: readonly T[], weight: (element: T) => number): T {
    let left = next() * list.reduce((sum, element) => sum + weight(element), 0);
    for (const element of list) {
      left -= weight(element);
      if (left < 0) return element;
    }
    return pick(list.filter((element) => weight(element) > 0));
  }

  function shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((element) => ({ element, key: next() }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ element }) => element);
  }

  return {
    next,
    between,
    integer,
    chance: (probability) => next() < probability,
    pick,
    pickWeighted,
    shuffled,
  };
}

function smallFastCounter(state: readonly number[]): () => number {
  let [a = 0, b = 0, c = 0, counter = 1] = state;
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
}
