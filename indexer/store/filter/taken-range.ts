/**
 * Dates as people name them, and the range of texts they stand for.
 * Source: ISO 8601, reduced precision. Deviation: no zones, weeks or ordinal days.
 *
 * `contents.taken_at` is `2021-05-06T07:08:09`, often without a zone; `+02:00` or `Z` follows where it is known; some photos
 * say the day alone. It is compared as text: what a person means by a day is the day on the camera's clock, wherever
 * that was. A period is a beginning of such texts, so its first moment is the text itself, and every moment in it lies
 * below that text with a character behind that is larger than any digit, sign or letter of a date.
 */
import { AppError } from '../../../model/index.ts';
import { mapLeaves, type PhotoFilter, type TakenRange } from './photo-filter.ts';

const PERIOD = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2}))?)?)?)?)?$/;
const AGE = /^(\d{1,5})(d|w|mo|y)$/;
/** Of each unit; about a hundred years, further back than photography in colour. */
const AGE_MAX: Readonly<Record<string, number>> = { d: 36_500, w: 5200, mo: 1200, y: 100 };
const AFTER_EVERYTHING = '~';

/** A `TakenRange`, before or after its check. */
interface TakenEnds {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** What is wrong with a period; undefined for a good one. */
export function periodProblem(text: string): string | undefined {
  const parts = PERIOD.exec(text);
  if (parts === null) {
    const hint = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) && text.includes('T') ? ', without a zone' : '';
    return `expected a date such as 2023, 2023-05, 2023-05-06 or 2023-05-06T07:08${hint}`;
  }
  const [, year = '', month = '01', day = '01', hour = '00', minute = '00', second = '00'] = parts;
  const moment = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const date = new Date(`${moment}Z`);
  const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(moment);
  return exists ? undefined : 'expected a date that exists';
}

/** What is wrong with an age such as `30d`; undefined for a good one. */
export function ageProblem(text: string): string | undefined {
  const [, count, unit = ''] = AGE.exec(text) ?? [];
  const value = Number(count);
  if (value >= 1 && value <= (AGE_MAX[unit] ?? 0)) return undefined;
  return 'expected days, weeks, months or years such as 30d, 3w, 6mo or 2y, at most a hundred years';
}

/** The smallest text in the range, and the smallest above it, as far as the range has ends. */
export function takenBounds({ from, until }: TakenEnds): {
  readonly first: string | undefined;
  readonly beyond: string | undefined;
} {
  return {
    // Midnight is the start of the day, where a photo that says the day alone counts.
    first: from?.replace(/T00(?::00){0,2}$/, ''),
    beyond: until === undefined ? undefined : until + AFTER_EVERYTHING,
  };
}

/** Whether a range of good ends has anything in it. */
export function isEmptyRange(range: TakenEnds): boolean {
  const { first, beyond } = takenBounds(range);
  return first !== undefined && beyond !== undefined && first >= beyond;
}

/**
 * The filter with `last` replaced by the dates it means at `now`, by this machine's zone. Pages of one search share it, so
 * that midnight does not come between them.
 */
export function atMoment(filter: PhotoFilter, now: Date): PhotoFilter {
  return mapLeaves(filter, (leaf) => ('last' in leaf ? { taken: rangeOfLast(leaf.last, now) } : leaf));
}

/** Tomorrow belongs to it: photos from a zone further east are of a later date than ours. */
function rangeOfLast(age: string, now: Date): TakenRange {
  const [, count, unit] = AGE.exec(age) ?? [];
  if (count === undefined) throw new AppError('INVALID_ARGUMENT', `last: "${age}"; ${ageProblem(age) ?? ''}`);
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  const amount = Number(count);
  const until = dateText(new Date(year, month, day + 1));
  if (unit === 'd' || unit === 'w') {
    const days = unit === 'w' ? amount * 7 : amount;
    return { from: dateText(new Date(year, month, day - days)), until };
  }
  const months = unit === 'y' ? amount * 12 : amount;
  // The 31st, a month before: the last day of a shorter month.
  const lastDay = new Date(year, month - months + 1, 0).getDate();
  return { from: dateText(new Date(year, month - months, Math.min(day, lastDay))), until };
}

function dateText(date: Date): string {
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${String(date.getFullYear()).padStart(4, '0')}-${month ?? ''}-${day ?? ''}`;
}
