/**
 * Lists whose next page may be asked for: their arranged beginning stays as the first page showed it.
 * Source: our own. Deviation: none.
 *
 * A list that is forgotten is made again. Then photos that came or went since may have moved others across the border of
 * a page; in the plain ranking behind the beginning nothing moves, see cursor.ts.
 */
import type { Listing } from './arrange.ts';

/** Each holds a vector and some hundred numbers, 1000 at most. */
const LISTINGS_MAX = 64;

export class ListingMemory {
  readonly #listings = new Map<string, Listing>();

  get(key: string): Listing | undefined {
    const listing = this.#listings.get(key);
    if (listing !== undefined) this.set(key, listing);
    return listing;
  }

  /** The one that was not asked for longest goes. */
  set(key: string, listing: Listing): void {
    this.#listings.delete(key);
    this.#listings.set(key, listing);
    for (const oldest of this.#listings.keys()) {
      if (this.#listings.size <= LISTINGS_MAX) return;
      this.#listings.delete(oldest);
    }
  }
}
