/**
 * Vectors of the words that were asked for last, so that the same words again need no run of the network.
 * Source: our own. Deviation: none.
 */
import type { CallOptions, Embedder, EncodedText } from '../../model/index.ts';
import { BoundedCache } from '../bounded-cache.ts';

/** Of each model: some 1900 short queries at 1024 dimensions. */
const BYTES_MAX = 8 * 1024 * 1024;

/** One for each engine. May be used by many searches at once; what it gives is shared, and not to be written to. */
export class TextVectors {
  readonly #bytesMax: number;
  readonly #ofModel = new WeakMap<Embedder, BoundedCache<EncodedText>>();

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /**
   * @param texts none empty
   * @returns one per text, in the same order. Errors as `Embedder.encodeTexts`
   */
  async encode(
    embedder: Embedder,
    texts: readonly string[],
    options: CallOptions = {},
  ): Promise<readonly EncodedText[]> {
    const known = this.#cacheOf(embedder);
    const found = new Map<string, EncodedText>();
    for (const text of texts) {
      const kept = known.get(text);
      if (kept !== undefined) found.set(text, kept);
    }
    const wanted = [...new Set(texts)].filter((text) => !found.has(text));
    const encoded = wanted.length === 0 ? [] : await embedder.encodeTexts(wanted, options);
    for (const [index, text] of wanted.entries()) {
      const one = encoded[index];
      if (one === undefined) throw new Error('the encoder gave no vector for a text');
      found.set(text, one);
      known.set(text, one);
    }
    return texts.map((text) => found.get(text) as EncodedText);
  }

  #cacheOf(embedder: Embedder): BoundedCache<EncodedText> {
    const known = this.#ofModel.get(embedder);
    if (known !== undefined) return known;
    const cache = new BoundedCache<EncodedText>(this.#bytesMax, weightOf);
    this.#ofModel.set(embedder, cache);
    return cache;
  }
}

/** Two bytes a letter, as it may be. */
function weightOf({ vector }: EncodedText, text: string): number {
  return vector.byteLength + 2 * text.length;
}
