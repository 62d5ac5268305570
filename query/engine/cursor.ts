/**
 * A place in the answers to one request, as text that a caller keeps for us.
 * Source: keyset pagination (M. Winand, "Use the Index, Luke"): it names the last hit that was shown, not how many there
 * were, so photos that come and go meanwhile shift nothing. Deviation: none.
 */
import { z } from 'zod';
import { AppError } from '../../model/index.ts';
import type { RankKey } from '../retrieval/rank-key.ts';

/** What comes next. */
export interface Place {
  /** Of the arranged beginning of the list, so many contents are done. */
  readonly head: number;
  /** The last content of the ranking behind it that is done; null: none yet. */
  readonly key: RankKey | null;
  /** Contents of the ranking before that, about. */
  readonly depth: number;
  /** Of the content that comes next, photos up to this one are done. */
  readonly cut: {
    readonly contentId: number;
    readonly imageId: number;
  } | null;
}

export interface Cursor {
  readonly generation: number;
  /** See `requestKey`. */
  readonly request: string;
  /** When the first page was asked for, ms since 1970: "the last 30 days" are those before it. */
  readonly startedMs: number;
  /** Hits on the pages before. */
  readonly rank: number;
  readonly place: Place;
}

export const START: Place = { head: 0, key: null, depth: 0, cut: null };

/** Raised when the meaning of the fields changes. */
const VERSION = 1;

const CURSOR_CHARACTERS_MAX = 2000;
const MOMENT_MAX = 8.64e15;

const count = z.int().min(0);
const pair = z.tuple([z.number(), count]).nullable();

const schema = z.tuple([
  z.literal(VERSION),
  count,
  z.string(),
  z.int().min(0).max(MOMENT_MAX),
  count,
  count,
  pair,
  count,
  z.tuple([count, count]).nullable(),
]);

export function writeCursor({ generation, request, startedMs, rank, place }: Cursor): string {
  const { head, key, depth, cut } = place;
  const fields: z.infer<typeof schema> = [
    VERSION,
    generation,
    request,
    startedMs,
    rank,
    head,
    key && [key.score, key.id],
    depth,
    cut && [cut.contentId, cut.imageId],
  ];
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/** @throws AppError INVALID_ARGUMENT for what is no cursor of ours, or one of another request or generation */
export function readCursor(text: string, expected: Pick<Cursor, 'generation' | 'request'>): Cursor {
  const cursor = parse(text);
  if (cursor === undefined) {
    throw refused(
      'it is none of ours, expected the cursor of the answer before; begin again without a cursor',
    );
  }
  if (cursor.generation !== expected.generation) {
    throw refused(
      `it is of generation ${cursor.generation}, the library is searched with generation ${expected.generation} now, in another order; begin again without a cursor`,
    );
  }
  if (cursor.request !== expected.request) {
    throw refused('it is of another request, expected the same one again with no more than limit changed');
  }
  return cursor;
}

function parse(text: string): Cursor | undefined {
  if (typeof text !== 'string' || text.length > CURSOR_CHARACTERS_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  const read = schema.safeParse(value);
  if (!read.success) return undefined;
  const [, generation, request, startedMs, rank, head, key, depth, cut] = read.data;
  return {
    generation,
    request,
    startedMs,
    rank,
    place: {
      head,
      key: key && { score: key[0], id: key[1] },
      depth,
      cut: cut && { contentId: cut[0], imageId: cut[1] },
    },
  };
}

function refused(why: string): AppError {
  return new AppError('INVALID_ARGUMENT', `cursor: ${why}`);
}
