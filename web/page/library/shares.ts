/**
 * Parts of a whole as widths of bars.
 * Source: our own. Deviation: none.
 */

/** @returns of each its share of the largest, 0 to 1 */
export function sharesOfLargest<T>(parts: readonly T[], sizeOf: (part: T) => number): readonly number[] {
  const largest = Math.max(0, ...parts.map(sizeOf));
  return parts.map((part) => (largest === 0 ? 0 : sizeOf(part) / largest));
}

/** @returns of each its share of all, 0 to 1 */
export function sharesOfAll<T>(parts: readonly T[], sizeOf: (part: T) => number): readonly number[] {
  const all = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  return parts.map((part) => (all === 0 ? 0 : sizeOf(part) / all));
}
