/**
 * Texts with made-up vectors, many in no time, and the slow way to find the nearest of them.
 * Source: our own. Deviation: none.
 */
import type { Library, TextKind } from '../../../indexer/index.ts';
import { randomNumbers } from '../../support/photo-folder.ts';

export function randomVector(random: () => number, dimension: number): Float32Array {
  const vector = Float32Array.from({ length: dimension }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** @returns the ids, in the order of the numbers in the texts (`caption 0`, …) */
export function addRandomTexts(
  library: Library,
  kind: TextKind,
  count: number,
  options: {
    readonly seed?: number;
    readonly place?: string;
    readonly generationId?: number;
    /** Their cosine to it is 0.9 and more; default: they lie anywhere. */
    readonly around?: Float32Array;
  } = {},
): number[] {
  const { seed = 1, place = '/made-up.txt', generationId = library.generation.id, around } = options;
  const { texts, textVectors, generations } = library.store;
  const source = texts.start(place, 'file');
  const names = Array.from({ length: count }, (_, index) => `${kind} ${seed} ${index}`);
  texts.add(
    source,
    names.map((text) => ({ kind, text, path: null, key: null, metadata: null })),
  );
  const random = randomNumbers(seed);
  const { dimension } = generations.get(generationId);
  const ids = new Map<string, number>();
  for (let after = 0; ;) {
    const page = texts.page(after, 1000, { kind, sourceId: source.id });
    const last = page.at(-1);
    if (last === undefined) break;
    for (const { id, text } of page) ids.set(text, id);
    after = last.id;
  }
  const inOrder = names.map((name) => ids.get(name) ?? 0);
  textVectors.add(
    generationId,
    inOrder.map((textId) => {
      const vector = randomVector(random, dimension);
      return { textId, vector: around === undefined ? vector : near(around, vector) };
    }),
  );
  return inOrder;
}

function near(around: Float32Array, noise: Float32Array): Float32Array {
  const sum = around.map((value, index) => value + 0.4 * (noise[index] ?? 0));
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

/** Every vector of the database is compared, whatever index there is. */
export function exactTexts(
  library: Library,
  vector: Float32Array,
  count: number,
  kinds?: readonly TextKind[],
): { readonly id: number; readonly score: number }[] {
  const { texts, textVectors } = library.store;
  const { id: generationId, dimension } = library.generation;
  const found: { id: number; score: number }[] = [];
  for (const { id, kind } of texts.page(0, 1_000_000)) {
    const text = textVectors.get(generationId, id, dimension);
    if (text === undefined || kinds?.includes(kind) === false) continue;
    found.push({ id, score: text.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0) });
  }
  return found.toSorted((a, b) => b.score - a.score || a.id - b.id).slice(0, count);
}
