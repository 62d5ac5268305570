/**
 * Puts hits that show the same photo under the best of them.
 * Source: our own. Deviation: none.
 *
 * Copies of the same bytes are one hit unless the caller asks for each: two folders with one photo are no two answers.
 * Look-alikes are folded only when asked for, because whoever looks for the sharpest of a burst wants to see all of it.
 * What looks alike is decided here, among the hits, by the rule of `findNearDuplicates`: photos that it has not compared
 * yet are folded too, with the cosine alone where it has not kept their shape.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  cosine,
  knownShapes,
  lookAlike,
  nearThresholdDefault,
  type ImageRecord,
  type Library,
  type PictureShape,
  type Searchable,
  type VectorHit,
} from '../indexer/index.ts';

/** `none`: each file; `exact`: copies of the same bytes are one hit; `near`: photos that look alike, too. */
export const collapseModes = ['none', 'exact', 'near'] as const;
export type Collapse = (typeof collapseModes)[number];

/** A photo under a hit that it looks like. */
export interface AlikeHit {
  /** of the image */
  readonly id: number;
  /** cosine to what was looked for, as that of the hit */
  readonly score: number;
  readonly image: ImageRecord;
}

/** One hit with what was put under it. */
export interface Stack {
  readonly score: number;
  readonly image: ImageRecord;
  /** Other places of the same bytes, oldest first; at most 100. */
  readonly copies: readonly ImageRecord[];
  /** Best first; at most 100. */
  readonly alike: readonly AlikeHit[];
  /** Photos in all, this one included. */
  readonly stackSize: number;
}

export interface CollapserOptions {
  readonly library: Library;
  readonly searchable: Searchable;
  readonly mode: Collapse;
  /** stacks */
  readonly limit: number;
}

/** Under one hit; more are counted. */
const UNDER_ONE_MAX = 100;

/** Rows that are read at once. */
const CONTENTS_PER_PAGE = 256;

/** Time between two looks at the event loop. */
const TURN_MS = 8;

interface Growing {
  readonly contentId: number;
  readonly score: number;
  readonly image: ImageRecord;
  readonly copies: ImageRecord[];
  readonly alike: AlikeHit[];
  stackSize: number;
}

export class Collapser {
  readonly #options: CollapserOptions;
  readonly #stacks: Growing[] = [];
  readonly #seen = new Set<number>();
  readonly #vectors = new Map<number, Float32Array | undefined>();
  readonly #shapes = new Map<number, PictureShape>();
  readonly #threshold: number;
  #turnStart = performance.now();

  constructor(options: CollapserOptions) {
    this.#options = options;
    const { library, searchable } = options;
    const grouping = library.store.nearGroups.current(searchable.generation.id);
    this.#threshold = grouping?.threshold ?? nearThresholdDefault;
  }

  get isFull(): boolean {
    return this.#stacks.length >= this.#options.limit;
  }

  /** Best first; at most as many as asked for. */
  get stacks(): readonly Stack[] {
    return this.#stacks
      .slice(0, this.#options.limit)
      .toSorted((a, b) => b.score - a.score)
      .map(({ score, image, copies, alike, stackSize }) => ({ score, image, copies, alike, stackSize }));
  }

  /** Contents in the order of their score, known ones among them. Those without a photo are passed over. */
  async take(found: readonly VectorHit[], signal: AbortSignal | undefined): Promise<void> {
    const fresh = found.filter(({ id }) => !this.#seen.has(id));
    for (let start = 0; start < fresh.length && !this.isFull; start += CONTENTS_PER_PAGE) {
      const page = fresh.slice(start, start + CONTENTS_PER_PAGE);
      const images = this.#imagesOf(page);
      for (const { id, score } of page) {
        if (this.isFull) return;
        this.#seen.add(id);
        const [image, ...copies] = images.get(id) ?? [];
        if (image !== undefined) await this.#put({ contentId: id, score, image, copies });
      }
      if (signal?.aborted === true) return;
    }
  }

  async #put(hit: Omit<Growing, 'alike' | 'stackSize'>): Promise<void> {
    const { contentId, score, image, copies } = hit;
    if (this.#options.mode === 'none') {
      for (const one of [image, ...copies]) {
        this.#stacks.push({ contentId, score, image: one, copies: [], alike: [], stackSize: 1 });
      }
      return;
    }
    const stack = this.#options.mode === 'near' ? await this.#stackLike(contentId) : undefined;
    if (stack === undefined) {
      const stackSize = 1 + copies.length;
      this.#stacks.push({ ...hit, copies: copies.slice(0, UNDER_ONE_MAX), alike: [], stackSize });
      return;
    }
    stack.stackSize += 1 + copies.length;
    for (const one of [image, ...copies]) {
      if (stack.alike.length < UNDER_ONE_MAX) stack.alike.push({ id: one.id, score, image: one });
    }
  }

  /** The best hit so far that looks like this content. */
  async #stackLike(contentId: number): Promise<Growing | undefined> {
    for (const stack of this.#stacks) {
      if (performance.now() - this.#turnStart > TURN_MS) {
        await nextTurn();
        this.#turnStart = performance.now();
      }
      if (this.#areAlike(contentId, stack.contentId)) return stack;
    }
    return undefined;
  }

  #areAlike(a: number, b: number): boolean {
    const [shapeA, shapeB] = [this.#shapes.get(a), this.#shapes.get(b)];
    // Shapes are compared fifty times faster than vectors, and most differ.
    if (!lookAlike(1, shapeA, shapeB, this.#threshold)) return false;
    const [vectorA, vectorB] = [this.#vectorOf(a), this.#vectorOf(b)];
    if (vectorA === undefined || vectorB === undefined) return false;
    return lookAlike(cosine(vectorA, vectorB), shapeA, shapeB, this.#threshold);
  }

  #vectorOf(contentId: number): Float32Array | undefined {
    if (!this.#vectors.has(contentId)) {
      const { library, searchable } = this.#options;
      const { id, dimension } = searchable.generation;
      this.#vectors.set(contentId, library.store.vectors.get(id, contentId, dimension));
    }
    return this.#vectors.get(contentId);
  }

  #imagesOf(page: readonly VectorHit[]): Map<number, ImageRecord[]> {
    const { library, mode } = this.#options;
    const ids = page.map(({ id }) => id);
    if (mode === 'near') {
      for (const [id, shape] of knownShapes(library, ids)) this.#shapes.set(id, shape);
    }
    const byContent = new Map<number, ImageRecord[]>();
    for (const image of library.store.images.byContents(ids)) {
      const same = byContent.get(image.contentId);
      if (same === undefined) byContent.set(image.contentId, [image]);
      else same.push(image);
    }
    return byContent;
  }
}
