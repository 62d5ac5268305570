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
  readonly contentId: number;
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
  /** Photos of these contents that may be shown, in order of their ids; left out: all of them. */
  readonly imagesOf?: (contentIds: readonly number[]) => readonly ImageRecord[];
  /**
   * Photos that are left out: each file by itself where each is a hit, else with its copies; where look-alikes are folded,
   * with those of it, too.
   */
  readonly without?: readonly number[];
  /** stacks */
  readonly limit: number;
  /** Contents of the stacks on the pages before, as far as look-alikes of theirs are left out here. */
  readonly before?: readonly number[];
  /** The content that the page before ended in, and its last photo there. */
  readonly cut?: { readonly contentId: number; readonly imageId: number } | null;
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
  /** Undefined for one on a page before. */
  readonly image: ImageRecord | undefined;
  readonly copies: ImageRecord[];
  readonly alike: AlikeHit[];
  stackSize: number;
}

export class Collapser {
  readonly #options: CollapserOptions;
  readonly #stacks: Growing[] = [];
  readonly #vectors = new Map<number, Float32Array | undefined>();
  readonly #shapes = new Map<number, PictureShape>();
  readonly #threshold: number;
  readonly #before: readonly Growing[];
  /** Contents, or where each file is a hit, files. */
  readonly #without: ReadonlySet<number>;
  #cut: CollapserOptions['cut'] = null;
  #turnStart = performance.now();

  constructor(options: CollapserOptions) {
    this.#options = options;
    const { library, searchable } = options;
    const grouping = library.store.nearGroups.current(searchable.generation.id);
    this.#threshold = grouping?.threshold ?? nearThresholdDefault;
    const { without = [] } = options;
    const contents = library.store.images.byIds(without).map(({ contentId }) => contentId);
    this.#without = new Set(options.mode === 'none' ? without : contents);
    // As if they had been shown: what looks like them is folded, and not shown again.
    const shown = [...contents, ...(options.before ?? [])];
    this.#before = shown.map((contentId) => {
      return { contentId, score: 0, image: undefined, copies: [], alike: [], stackSize: 0 };
    });
    if (options.mode === 'near') {
      for (const [id, shape] of knownShapes(library, shown)) this.#shapes.set(id, shape);
    }
  }

  get isFull(): boolean {
    return this.#stacks.length >= this.#options.limit;
  }

  /** In the order of the contents; at most as many as asked for. */
  get stacks(): readonly Stack[] {
    return this.#stacks.flatMap(({ contentId, score, image, copies, alike, stackSize }) =>
      image === undefined ? [] : [{ contentId, score, image, copies, alike, stackSize }],
    );
  }

  /** Where the last content could not be shown to its end: its last photo that was. */
  get cut(): { readonly contentId: number; readonly imageId: number } | null {
    return this.#cut ?? null;
  }

  /**
   * Contents in their order, each once. Those without a photo are passed over.
   * @returns how many are done; the others come on another page
   */
  async take(found: readonly VectorHit[], signal: AbortSignal | undefined): Promise<number> {
    let done = 0;
    for (let start = 0; start < found.length; start += CONTENTS_PER_PAGE) {
      const page = found.slice(start, start + CONTENTS_PER_PAGE);
      const images = this.#imagesOf(page);
      for (const { id, score } of page) {
        if (this.isFull) return done;
        const [image, ...copies] = images.get(id) ?? [];
        if (image !== undefined) await this.#put({ contentId: id, score, image, copies });
        if (this.#cut !== null) return done;
        done += 1;
      }
      if (signal?.aborted === true) return done;
    }
    return done;
  }

  async #put(
    hit: Omit<Growing, 'alike' | 'stackSize' | 'image'> & { readonly image: ImageRecord },
  ): Promise<void> {
    const { contentId, score, image, copies } = hit;
    if (this.#options.mode === 'none') {
      for (const one of [image, ...copies]) {
        if (this.isFull) {
          this.#cut = { contentId, imageId: this.#stacks.at(-1)?.image?.id ?? 0 };
          return;
        }
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
    for (const stack of [...this.#before, ...this.#stacks]) {
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
    const { library, mode, imagesOf } = this.#options;
    const ids = page.map(({ id }) => id);
    if (mode === 'near') {
      for (const [id, shape] of knownShapes(library, ids)) this.#shapes.set(id, shape);
    }
    const byContent = new Map<number, ImageRecord[]>();
    const { cut } = this.#options;
    for (const image of imagesOf?.(ids) ?? library.store.images.byContents(ids)) {
      if (image.contentId === cut?.contentId && image.id <= cut.imageId) continue;
      if (this.#without.has(mode === 'none' ? image.id : image.contentId)) continue;
      const same = byContent.get(image.contentId);
      if (same === undefined) byContent.set(image.contentId, [image]);
      else same.push(image);
    }
    return byContent;
  }
}
