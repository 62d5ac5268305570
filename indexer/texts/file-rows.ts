/**
 * Rows of a list of texts in one file: CSV, JSON lines or plain lines, told apart by name and first line.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import { AppError, isAppError, type ErrorCode } from '../../model/index.ts';
import type { TextKind } from '../store/index.ts';
import { csvRecords, dialectOf, parseLine, type Dialect } from './csv-records.ts';
import { readLines, type Line } from './lines.ts';
import { roleOf, textColumnNames, textRow, type Cell, type TextRow } from './text-row.ts';

/** A row, or why it is left out; a row without any text is neither. */
export type RowResult =
  | { readonly number: number; readonly row: TextRow }
  | { readonly number: number; readonly code: ErrorCode; readonly problem: string };

export interface RowOptions {
  readonly kind: TextKind | undefined;
  readonly signal: AbortSignal | undefined;
}

type Form = 'table' | 'json' | 'lines';

const forms: ReadonlyMap<string, Form> = new Map([
  ['.csv', 'table'],
  ['.tsv', 'table'],
  ['.tab', 'table'],
  ['.jsonl', 'json'],
  ['.ndjson', 'json'],
  ['.txt', 'lines'],
]);

/** A photo file, with the number of its caption behind it where a data set has several: `a.jpg#2`. */
const PHOTO_CELL = /\.(?:jpe?g|png|webp|avif|gif|tiff?|heic|heif)(?:#\d+)?$/i;

/**
 * @returns some rows at a time, in the order of the file
 * @throws AppError UNSUPPORTED (another kind of file), TEXT_INVALID (no column of texts), FILE_UNREADABLE, ABORTED
 */
export async function* fileRows(file: string, options: RowOptions): AsyncGenerator<readonly RowResult[]> {
  const form = forms.get(path.extname(file).toLowerCase());
  if (form === undefined) {
    throw new AppError(
      'UNSUPPORTED',
      `${file}: is no list of texts that can be read, expected one of ${[...forms.keys()].join(', ')}, or a folder of photos with sidecars; convert it`,
    );
  }
  const lines = readLines(file, { signal: options.signal });
  if (form === 'json') yield* jsonRows(lines, options);
  else if (form === 'table') yield* tableRows(file, lines, options);
  else yield* lineRows(lines, options);
}

async function* jsonRows(
  lines: AsyncIterable<readonly Line[]>,
  options: RowOptions,
): AsyncGenerator<readonly RowResult[]> {
  for await (const part of lines) {
    yield part.flatMap((line) => {
      if (!('text' in line)) return [line];
      if (line.text.trim() === '') return [];
      return result(line.number, () => textRow(cellsOf(parseObject(line.text)), options));
    });
  }
}

/** @throws AppError TEXT_INVALID; the caller puts the place before the message */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AppError('TEXT_INVALID', 'is no JSON, expected an object with "text" or "tags"; correct it');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new AppError(
    'TEXT_INVALID',
    'is JSON of another form, expected an object with "text" or "tags"; correct it',
  );
}

export function cellsOf(object: Readonly<Record<string, unknown>>): Cell[] {
  return Object.entries(object).map(([name, value]) => ({ role: roleOf(name), name, value }));
}

async function* tableRows(
  file: string,
  lines: AsyncGenerator<readonly Line[]>,
  options: RowOptions,
): AsyncGenerator<readonly RowResult[]> {
  const { first, all } = await peek(lines);
  if (first === undefined) return;
  if (!('text' in first)) {
    throw new AppError(first.code, `${file}:${first.number}: ${first.problem}`);
  }
  const dialect = dialectOf(first.text);
  const header = parseLine(first.text, dialect);
  if (isPair(header)) {
    yield* pairRows(all, dialect, options);
    return;
  }
  const columns = header.map((name) => ({ name: name.trim(), role: roleOf(name) }));
  if (!columns.some(({ role }) => role === 'text' || role === 'tags')) throw noTextColumn(file, header);
  for await (const records of csvRecords(all, dialect)) {
    yield records.flatMap((record): RowResult[] => {
      if (!('cells' in record)) return [record];
      if (record.number === first.number) return [];
      const { number, cells } = record;
      if (cells.length !== columns.length) {
        const problem = `the row has ${cells.length} cells, the header ${columns.length}; put quotes around cells that hold the delimiter`;
        return [{ number, code: 'TEXT_INVALID', problem }];
      }
      const named = columns.map(({ name, role }, index) => ({ role, name, value: cells[index] ?? '' }));
      return result(number, () => textRow(named, options));
    });
  }
}

/** Plain lines, each a text; or, where the first is `photo<tab>text`, pairs. */
async function* lineRows(
  lines: AsyncGenerator<readonly Line[]>,
  options: RowOptions,
): AsyncGenerator<readonly RowResult[]> {
  const { first, all } = await peek(lines);
  const dialect: Dialect = { delimiter: '\t', quotes: false };
  if (first !== undefined && 'text' in first && isPair(first.text.split('\t'))) {
    yield* pairRows(all, dialect, options);
    return;
  }
  for await (const part of all) {
    yield part.flatMap((line) => {
      if (!('text' in line)) return [line];
      return result(line.number, () => textRow([{ role: 'text', name: 'line', value: line.text }], options));
    });
  }
}

/** A list without a header: a photo and its text in each row. */
function isPair(cells: readonly string[]): boolean {
  return cells.length === 2 && PHOTO_CELL.test(cells[0] ?? '');
}

async function* pairRows(
  lines: AsyncIterable<readonly Line[]>,
  dialect: Dialect,
  options: RowOptions,
): AsyncGenerator<readonly RowResult[]> {
  for await (const records of csvRecords(lines, dialect)) {
    yield records.flatMap((record): RowResult[] => {
      if (!('cells' in record)) return [record];
      const [photo = '', text = ''] = record.cells;
      if (record.cells.length !== 2) {
        const problem = `the row has ${record.cells.length} cells, expected a photo and a text; correct the row`;
        return [{ number: record.number, code: 'TEXT_INVALID', problem }];
      }
      const cells: readonly Cell[] = [
        { role: 'path', name: 'path', value: photo.replace(/(\.\w+)#\d+$/, '$1') },
        { role: 'text', name: 'text', value: text },
      ];
      return result(record.number, () => textRow(cells, options));
    });
  }
}

function result(number: number, work: () => TextRow | undefined): RowResult[] {
  try {
    const row = work();
    return row === undefined ? [] : [{ number, row }];
  } catch (error) {
    if (!isAppError(error)) throw error;
    return [{ number, code: error.code, problem: error.message }];
  }
}

/** The first line that is not empty, and all lines from the first on. */
async function peek(
  lines: AsyncGenerator<readonly Line[]>,
): Promise<{ readonly first: Line | undefined; readonly all: AsyncIterable<readonly Line[]> }> {
  const seen: (readonly Line[])[] = [];
  let first: Line | undefined;
  while (first === undefined) {
    const next = await lines.next();
    if (next.done === true) break;
    seen.push(next.value);
    first = next.value.find((line) => !('text' in line) || line.text.trim() !== '');
  }
  return { first, all: chain(seen, lines) };
}

async function* chain<T>(before: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* before;
  yield* rest;
}

function noTextColumn(file: string, header: readonly string[]): AppError {
  const found = header
    .slice(0, 8)
    .map((name) => JSON.stringify(name.slice(0, 40)))
    .join(', ');
  return new AppError(
    'TEXT_INVALID',
    `${file}: has the columns ${found}, expected one of ${textColumnNames}; write a header as the first row`,
  );
}
