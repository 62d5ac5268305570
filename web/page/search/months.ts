/**
 * The months of a timeline.
 * Source: our own. Deviation: none.
 */

/** More bars than this would be too narrow to press: then months without photos are left out. */
const MONTHS_MAX = 60;

/** Every month from the first to the last, in order; only the given ones where that would be too many. */
export function monthsBetween(months: readonly string[]): readonly string[] {
  const sorted = months.filter((month) => /^\d{4}-\d{2}$/.test(month)).toSorted();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const count = numberOf(last) - numberOf(first) + 1;
  if (count > MONTHS_MAX) return sorted.slice(-MONTHS_MAX);
  return Array.from({ length: count }, (_, index) => monthOf(numberOf(first) + index));
}

function numberOf(month: string): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
}

function monthOf(number: number): string {
  return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`;
}
