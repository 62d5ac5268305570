/**
 * A request as the engine works on it: checked, defaults filled in.
 * Source: our own. Deviation: none.
 */
import { createHash } from 'node:crypto';
import { checkPhotoFilter, type PhotoFilter } from '../../indexer/index.ts';
import { AppError, type PictureSource } from '../../model/index.ts';
import { collapseModes, type Collapse } from '../collapse.ts';
import { PARTS_MAX, plainText } from '../language/index.ts';
import {
  sortOrders,
  wordsModes,
  type ImageInput,
  type QueryPart,
  type SearchRequest,
  type SortOrder,
  type WordsMode,
} from '../request.ts';
import type { Term } from '../retrieval/query-vector.ts';

export interface CheckedRequest {
  /** None where a filter alone was given. */
  readonly terms: readonly Term[];
  readonly filter: PhotoFilter | undefined;
  readonly without: readonly number[];
  readonly sort: SortOrder;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly minMatch: number | 'default' | null;
  readonly rerank: { readonly k: number; readonly budgetMs: number | undefined } | null;
  readonly words: WordsMode;
  readonly collapse: Collapse;
}

/** Photos that are left out. */
const WITHOUT_MAX = 100;

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1000;
const RERANK_DEFAULT = 32;
const RERANK_MAX = 1000;

/** Far beyond what anything reads; see `truncatedText`. */
const TEXT_CHARACTERS_MAX = 1_000_000;
const WEIGHT_MAX = 100;

/** @throws AppError TEXT_INVALID, INVALID_ARGUMENT */
export function checkRequest(request: SearchRequest): CheckedRequest {
  const terms = termsOf(request);
  const filter = request.filter === undefined ? undefined : checkPhotoFilter(request.filter);
  if (terms.length === 0 && filter === undefined) {
    throw new AppError(
      'TEXT_INVALID',
      'text: is empty, expected words to look for, an image, or a filter; say what the photo shows',
    );
  }
  return {
    terms,
    filter,
    without: withoutOf(request),
    sort: oneOf('sort', request.sort ?? 'relevance', sortOrders),
    limit: whole('limit', request.limit ?? LIMIT_DEFAULT, LIMIT_MAX),
    cursor: request.cursor,
    minMatch: minMatchOf(request),
    rerank: rerankOf(request),
    words: oneOf('words', request.words ?? 'auto', wordsModes),
    collapse: oneOf('collapse', request.collapse ?? 'exact', collapseModes),
  };
}

/** Names a request, whatever page of it is asked for, however long. */
export function requestKey(checked: CheckedRequest, library: string): string {
  const { limit: _limit, cursor: _cursor, terms, ...rest } = checked;
  const hash = createHash('sha256').update(JSON.stringify([library, rest]));
  for (const { text = '', image, weight } of terms) {
    hash.update(JSON.stringify([text, weight]));
    if (image !== undefined)
      hash.update('id' in image ? JSON.stringify(image.id) : namingBytes(image.picture));
  }
  return hash.digest('base64url').slice(0, KEY_CHARACTERS);
}

/** 96 bits: nobody meets another request of the same name by chance. */
const KEY_CHARACTERS = 16;

function namingBytes(picture: PictureSource): string | Uint8Array {
  return typeof picture === 'string' || picture instanceof Uint8Array ? picture : picture.bytes;
}

function termsOf({ text, image, positive = [], negative = [] }: SearchRequest): Term[] {
  const own: (readonly [string, QueryPart, 1 | -1])[] = [];
  if (text !== undefined) own.push(['text', { text }, 1]);
  if (image !== undefined) own.push(['image', { image }, 1]);
  const all: (readonly [string, QueryPart, 1 | -1])[] = [
    ...own,
    ...positive.map((part, index) => [`positive.${index}`, part, 1] as const),
    ...negative.map((part, index) => [`negative.${index}`, part, -1] as const),
  ];
  if (all.length > PARTS_MAX) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `the query has ${all.length} parts, expected at most ${PARTS_MAX}`,
    );
  }
  return all.map(([place, part, sign]) => termOf(place, part, sign));
}

function termOf(place: string, { text, image, weight = 1 }: QueryPart, sign: 1 | -1): Term {
  if ((text === undefined) === (image === undefined)) {
    throw new AppError('INVALID_ARGUMENT', `${place}: expected either text or image`);
  }
  if (!(weight > 0 && weight <= WEIGHT_MAX)) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `${place}: weight ${weight}, expected a number above 0, at most ${WEIGHT_MAX}`,
    );
  }
  if (image !== undefined) return { image: checkImage(place, image), weight: sign * weight };
  return { text: checkText(place, text ?? ''), weight: sign * weight };
}

function checkImage(place: string, image: ImageInput): ImageInput {
  if (!('id' in image) || (Number.isSafeInteger(image.id) && image.id >= 1)) return image;
  throw new AppError('INVALID_ARGUMENT', `${place}: id ${image.id}, expected the number of a photo`);
}

function checkText(place: string, text: string): string {
  const plain = typeof text === 'string' && text.length <= TEXT_CHARACTERS_MAX ? plainText(text) : '';
  if (plain !== '') return plain;
  const found = typeof text === 'string' && text.length > 0 ? `${text.length} characters` : 'nothing';
  throw new AppError(
    'TEXT_INVALID',
    `${place}: has ${found} and no words to look for, expected 1 to ${TEXT_CHARACTERS_MAX} characters; say what the photo shows`,
  );
}

function withoutOf({ without = [] }: SearchRequest): readonly number[] {
  if (without.length <= WITHOUT_MAX && without.every((id) => Number.isSafeInteger(id) && id >= 1))
    return without;
  throw new AppError(
    'INVALID_ARGUMENT',
    `without: expected at most ${WITHOUT_MAX} numbers of photos, each 1 or more`,
  );
}

function rerankOf({ rerank, minMatch }: SearchRequest): CheckedRequest['rerank'] {
  // Without reading, there is no probability to compare with.
  if (rerank === undefined) return minMatch === undefined ? null : { k: RERANK_DEFAULT, budgetMs: undefined };
  if (rerank === false) return null;
  const { k = RERANK_DEFAULT, budgetMs } = rerank;
  if (budgetMs !== undefined && !(budgetMs >= 0)) {
    throw new AppError('INVALID_ARGUMENT', `rerank.budgetMs: ${budgetMs}, expected milliseconds from 0 on`);
  }
  return { k: whole('rerank.k', k, RERANK_MAX), budgetMs };
}

function minMatchOf({ minMatch }: SearchRequest): CheckedRequest['minMatch'] {
  if (minMatch === undefined) return null;
  if (minMatch === 'default' || (minMatch >= 0 && minMatch <= 1)) return minMatch;
  throw new AppError(
    'INVALID_ARGUMENT',
    `minMatch: ${minMatch}, expected a number from 0 to 1, or "default"`,
  );
}

function whole(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new AppError('INVALID_ARGUMENT', `${name}: ${value}, expected a whole number from 1 to ${max}`);
}

function oneOf<T extends string>(name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw new AppError('INVALID_ARGUMENT', `${name}: ${value}, expected one of ${known.join(', ')}`);
}
