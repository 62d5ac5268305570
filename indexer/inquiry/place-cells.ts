/**
 * Where photos were taken, in cells of a quarter of a degree (28 km from south to north).
 * Source: our own. Deviation: none.
 *
 * A quarter has an exact binary form, so the cell of a photo and the filter of a cell never disagree about its edge: the filter
 * has both its ends, so it ends at the last number below the next cell.
 */
import type { PhotoFilter } from '../store/index.ts';
import type { FacetValue } from './facets.ts';

const DEGREES = 0.25;

interface Cell {
  readonly south: number;
  readonly west: number;
  count: number;
  /** What photos say of the place in words, and how many do. */
  readonly words: Map<string, number>;
}

/** As many as an `or` takes. */
const CELLS_MAX = 32;
/** Of one cell; the words of a city's quarters. */
const WORDS_MAX = 1000;

export class PlaceCells {
  readonly #cells = new Map<string, Cell>();

  /** Degrees. */
  add(latitude: number, longitude: number, location: string | null): void {
    const south = Math.floor(latitude / DEGREES) * DEGREES;
    // Both -180 and 180 name the date line.
    const west = longitude === 180 ? -180 : Math.floor(longitude / DEGREES) * DEGREES;
    const key = keyOf({ south, west });
    let cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, (cell = { south, west, count: 0, words: new Map() }));
    cell.count += 1;
    if (location === null) return;
    const known = cell.words.get(location) ?? 0;
    if (known > 0 || cell.words.size < WORDS_MAX) cell.words.set(location, known + 1);
  }

  /** A town that lies on the edge of cells is one value. */
  values(): FacetValue[] {
    const values = new Map<string, { readonly cells: Cell[]; readonly label: string }>();
    const fromSouthWest = [...this.#cells.values()].toSorted((a, b) => a.south - b.south || a.west - b.west);
    for (const cell of fromSouthWest) {
      const label = labelOf(cell);
      const known = values.get(label);
      // A name may be that of many a place; what does not fit into a filter is a value of its own.
      if (known !== undefined && known.cells.length < CELLS_MAX) known.cells.push(cell);
      else values.set(known === undefined ? label : keyOf(cell), { cells: [cell], label });
    }
    return [...values.values()].flatMap(({ cells, label }) => {
      const [first, ...more] = cells;
      if (first === undefined) return [];
      return {
        value: keyOf(first),
        label,
        count: cells.reduce((sum, { count }) => sum + count, 0),
        filter: more.length === 0 ? filterOf(first) : { or: cells.map((cell) => filterOf(cell)) },
      };
    });
  }
}

function keyOf({ south, west }: Pick<Cell, 'south' | 'west'>): string {
  return `${south},${west}`;
}

function filterOf({ south, west }: Cell): PhotoFilter {
  const north = Math.min(90, below(south + DEGREES));
  // In the order that the check of filters gives back.
  return { within: { south, west, north, east: below(west + DEGREES) } };
}

/** What most photos say; else the middle of the cell. */
function labelOf({ south, west, words }: Cell): string {
  const [most] = [...words].toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  if (most !== undefined) return most[0];
  return `${middle(south, 'N', 'S')}, ${middle(west, 'E', 'W')}`;
}

function middle(start: number, positive: string, negative: string): string {
  const degrees = start + DEGREES / 2;
  return `${Math.abs(degrees).toFixed(1)}° ${degrees < 0 ? negative : positive}`;
}

/** The largest number that is smaller. */
function below(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
