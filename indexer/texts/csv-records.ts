/**
 * Records of a CSV file: cells between delimiters, quoted where they hold delimiters or line ends.
 * Source: RFC 4180, read with csv-parse. Deviation: semicolons and tabs too; quotes inside a cell that is not quoted
 * are ordinary characters.
 *
 * The file is first cut into records, then these are parsed. A parser that is given the whole file loses its way at
 * the first quote that never closes; so that line alone is left out, and the next one is read as if it were not there.
 */
import { parse } from 'csv-parse/sync';
import { messageOf, type ErrorCode } from '../../model/index.ts';
import { LINE_BYTES_MAX, type Line } from './lines.ts';

export interface Dialect {
  readonly delimiter: ',' | ';' | '\t';
  /** False: a quote is a character like any other. */
  readonly quotes: boolean;
}

/** The cells of a record, or why they cannot be read; `number` is that of its first line. */
export type CsvRecord =
  | { readonly number: number; readonly cells: readonly string[] }
  | { readonly number: number; readonly code: ErrorCode; readonly problem: string };

/** Lines of one record; a cell with a whole poem has fewer. */
const RECORD_LINES_MAX = 1000;

/** Records that are parsed at once. */
const RECORDS_PER_PARSE = 256;

/** Wider tables exist, but not of texts. */
const CELLS_MAX = 1000;

interface Raw {
  readonly number: number;
  readonly text: string;
}

type Problem = Exclude<CsvRecord, { readonly cells: readonly string[] }>;

/** The delimiter that the first line has most of. */
export function dialectOf(firstLine: string): Dialect {
  const counts = ([',', ';', '\t'] as const).map((delimiter) => ({
    delimiter,
    count: firstLine.split(delimiter).length,
  }));
  const best = counts.reduce((a, b) => (b.count > a.count ? b : a));
  return { delimiter: best.delimiter, quotes: true };
}

/** Cells of one line by itself. */
export function parseLine(text: string, dialect: Dialect): readonly string[] {
  return parseRecords([{ number: 1, text }], dialect)[0] ?? [];
}

export async function* csvRecords(
  lines: AsyncIterable<readonly Line[]>,
  dialect: Dialect,
): AsyncGenerator<readonly CsvRecord[]> {
  const cutter = new RecordCutter(dialect);
  for await (const part of lines) {
    const out = part.flatMap((line) => cutter.push(line));
    yield parseAll(out, dialect);
  }
  yield parseAll(cutter.end(), dialect);
}

/** Joins lines while a quoted cell is open. */
class RecordCutter {
  readonly #dialect: Dialect;
  #open: Raw[] = [];
  #openBytes = 0;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  push(line: Line): (Raw | Problem)[] {
    // Part of an open cell or not: what follows a line that cannot be read starts anew.
    if (!('text' in line)) return [...this.end(), line];
    if (this.#open.length === 0 && line.text.trim() === '') return [];
    const isOpen = this.#open.length > 0;
    const endsOpen = this.#dialect.quotes && endsInQuotes(line.text, this.#dialect.delimiter, isOpen);
    if (!isOpen && !endsOpen) return [line];
    this.#open.push(line);
    this.#openBytes += line.text.length;
    if (!endsOpen) return [this.#take()];
    if (this.#open.length > RECORD_LINES_MAX || this.#openBytes > LINE_BYTES_MAX) return this.#giveUp();
    return [];
  }

  end(): (Raw | Problem)[] {
    const out: (Raw | Problem)[] = [];
    while (this.#open.length > 0) out.push(...this.#giveUp());
    return out;
  }

  #take(): Raw {
    const [first] = this.#open;
    const text = this.#open.map((line) => line.text).join('\n');
    this.#open = [];
    this.#openBytes = 0;
    return { number: first?.number ?? 0, text };
  }

  /** The first open line is at fault; the others are looked at again without it. */
  #giveUp(): (Raw | Problem)[] {
    const [first, ...others] = this.#open;
    this.#open = [];
    this.#openBytes = 0;
    if (first === undefined) return [];
    const problem = 'a quote is opened and not closed, expected a closing quote; close it or double it';
    const out: (Raw | Problem)[] = [{ number: first.number, code: 'TEXT_INVALID', problem }];
    for (const line of others) out.push(...this.push(line));
    return out;
  }
}

function endsInQuotes(line: string, delimiter: string, startsInQuotes: boolean): boolean {
  if (!line.includes('"')) return startsInQuotes;
  let isQuoted = startsInQuotes;
  let isCellStart = !startsInQuotes;
  for (let place = 0; place < line.length; place += 1) {
    const character = line[place];
    if (character !== '"') {
      isCellStart = !isQuoted && character === delimiter;
    } else if (!isQuoted) {
      isQuoted = isCellStart;
      isCellStart = false;
    } else if (line[place + 1] === '"') {
      place += 1;
    } else {
      isQuoted = false;
    }
  }
  return isQuoted;
}

function parseAll(raws: readonly (Raw | Problem)[], dialect: Dialect): CsvRecord[] {
  const out: CsvRecord[] = [];
  let batch: Raw[] = [];
  const flush = (): void => {
    out.push(...parseBatch(batch, dialect));
    batch = [];
  };
  for (const raw of raws) {
    if ('text' in raw) batch.push(raw);
    if (!('text' in raw) || batch.length >= RECORDS_PER_PARSE) flush();
    if (!('text' in raw)) out.push(raw);
  }
  flush();
  return out;
}

function parseBatch(batch: readonly Raw[], dialect: Dialect): CsvRecord[] {
  try {
    const records = parseRecords(batch, dialect);
    if (records.length === batch.length) {
      return batch.map(({ number }, index) => checked(number, records[index] ?? []));
    }
  } catch {
    // One of them is at fault; each by itself says which.
  }
  return batch.map((raw) => {
    try {
      return checked(raw.number, parseRecords([raw], dialect)[0] ?? []);
    } catch (error) {
      const problem = `${messageOf(error)}; correct the row`;
      return { number: raw.number, code: 'TEXT_INVALID', problem };
    }
  });
}

function parseRecords(batch: readonly Raw[], dialect: Dialect): string[][] {
  return parse(batch.map(({ text }) => text).join('\n'), {
    delimiter: dialect.delimiter,
    quote: dialect.quotes ? '"' : null,
    recordDelimiter: '\n',
    relaxQuotes: true,
    relaxColumnCount: true,
    // The cutter has its limits.
    maxRecordSize: 0,
  });
}

function checked(number: number, cells: readonly string[]): CsvRecord {
  if (cells.length <= CELLS_MAX) return { number, cells };
  const problem = `the row has ${cells.length} cells, expected at most ${CELLS_MAX}; leave columns out`;
  return { number, code: 'LIMIT_EXCEEDED', problem };
}
