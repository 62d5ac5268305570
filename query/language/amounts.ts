/**
 * Numbers, sizes and ranges as people type them: `100..400`, `>10mp`, `f/2.8`, `50mm`.
 * Source: our own. Deviation: none.
 */
import type { NumberRange } from '../../indexer/index.ts';

const NUMBER = /^[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:e[-+]?\d{1,3})?$/i;

/** @returns undefined for what is no number */
export function readNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** What one end of a range says; undefined where it says nothing that is understood. */
export type ReadEnd = (text: string) => number | undefined;

export interface RangeRules {
  readonly read: ReadEnd;
  /** Whether the next larger value is the next whole number. */
  readonly isWhole: boolean;
}

/**
 * `a..b`, `a..`, `..b`, `>a`, `>=a`, `<b`, `<=b`, or one value.
 * @returns undefined for anything else
 */
export function readRange(text: string, { read, isWhole }: RangeRules): NumberRange | undefined {
  const [, sign, rest] = /^(>=|<=|>|<)(.+)$/.exec(text) ?? [];
  if (sign !== undefined && rest !== undefined) {
    const value = read(rest);
    if (value === undefined) return undefined;
    if (sign === '>=') return { min: value };
    if (sign === '<=') return { max: value };
    return sign === '>' ? { min: above(value, isWhole) } : { max: below(value, isWhole) };
  }
  const dots = text.indexOf('..');
  if (dots < 0) {
    const value = read(text);
    return value === undefined ? undefined : { min: value, max: value };
  }
  const [from, until] = [text.slice(0, dots), text.slice(dots + 2)];
  if (from === '' && until === '') return undefined;
  const [min, max] = [from === '' ? undefined : read(from), until === '' ? undefined : read(until)];
  if ((min === undefined && from !== '') || (max === undefined && until !== '')) return undefined;
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

/** As `readRange` reads it. */
export function writeRange({ min, max }: NumberRange, unit = ''): string {
  if (min !== undefined && min === max) return `${min}${unit}`;
  const end = (value: number | undefined) => (value === undefined ? '' : `${value}${unit}`);
  return `${end(min)}..${end(max)}`;
}

function above(value: number, isWhole: boolean): number {
  return isWhole ? Math.floor(value) + 1 : neighbour(value, 1n);
}

function below(value: number, isWhole: boolean): number {
  return isWhole ? Math.ceil(value) - 1 : neighbour(value, -1n);
}

/** The next number that a computer can tell from this one. */
function neighbour(value: number, direction: 1n | -1n): number {
  if (value === 0) return direction === 1n ? Number.MIN_VALUE : -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? direction : -direction));
  return view.getFloat64(0);
}
