/**
 * The same words, however they are written: capitals, marks and kinds of text do not make two hits.
 * Source: our own. Deviation: none.
 */
import type { TextKind } from '../../indexer/index.ts';

/** A text that was found. */
export interface FoundText {
  /** Of the library; null where it was brought. */
  readonly id: number | null;
  readonly kind: TextKind | null;
  readonly text: string;
  /** cosine */
  readonly score: number;
  /** float32 [D], unit length, where it is known already */
  readonly vector?: Float32Array;
}

/** Texts of the same words, the best first. */
export interface EqualTexts {
  readonly key: string;
  readonly best: FoundText;
  readonly members: readonly FoundText[];
}

/** What equal texts have in common: letters and digits, without case. */
export function wordsOf(text: string): string {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
  return words === '' ? text : words;
}

/** Collects found texts, best first, until there are enough different ones. */
export class EqualTextGroups {
  readonly #groups = new Map<string, { best: FoundText; members: FoundText[] }>();
  readonly #hidden: ReadonlySet<string>;

  /** @param hidden keys that are left out */
  constructor(hidden: ReadonlySet<string> = new Set()) {
    this.#hidden = hidden;
  }

  get size(): number {
    return this.#groups.size;
  }

  add(found: FoundText): void {
    const key = wordsOf(found.text);
    if (this.#hidden.has(key)) return;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { best: found, members: [found] });
    else {
      group.members.push(found);
      if (isBetter(found, group.best)) group.best = found;
    }
  }

  /** Best first. */
  sorted(): EqualTexts[] {
    return [...this.#groups]
      .map(([key, { best, members }]) => ({ key, best, members }))
      .toSorted((a, b) => (isBetter(a.best, b.best) ? -1 : 1));
  }
}

function isBetter(a: FoundText, b: FoundText): boolean {
  return a.score > b.score || (a.score === b.score && (a.id ?? 0) < (b.id ?? 0));
}
