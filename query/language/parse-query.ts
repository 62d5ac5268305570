/**
 * What people type into one line: `beach -people +sunset "in the evening" 2:cat +photo.jpg taken:2023`.
 * Source: our own; the signs are those of web searches, the weights those of rclip. Deviation: none.
 *
 * Words that stand alone are one text, because the network reads sentences. A sign, a weight or quotation marks make a part
 * of their own, of one word or one phrase: `a dog -people at night` looks for "a dog at night", away from "people". A filter
 * is `field:value` without a space, so `re: 3:4` and `12:30` are words; a filter with `-` is one that shall not hold. All
 * filters hold at once, but for `or` between two of them, which binds first: `taken:2023 camera:canon or camera:nikon`.
 */
import { AppError } from '../../model/index.ts';
import {
  cutText,
  PART_CHARACTERS_MAX,
  PARTS_MAX,
  plainText,
  QUERY_CHARACTERS_MAX,
  WEIGHT_MAX,
} from './query-text.ts';
import { readTokens, type Token } from './read-tokens.ts';
import type { TypedFilter, TypedPart, TypedQuery } from './typed-query.ts';
import { isTypedField, readTypedFilter } from './typed-filters.ts';

export interface ParseOptions {
  /**
   * Whether there is such a file. Given where files of this machine may be looked for: what has a sign or a weight and
   * ends like a picture is one, and so is what has none, if it is there. Default: all of it are words.
   */
  readonly hasFile?: (path: string) => boolean;
}

/** What `model/image` reads. */
const PICTURE_NAME = /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|heic|heif|hif|cr2|nef|arw|dng)$/i;

/**
 * @throws AppError TEXT_INVALID where nothing is asked for, INVALID_ARGUMENT for an unknown filter, a value it does not take,
 *   a weight out of range, or too many parts
 */
export function parseQuery(typed: string, options: ParseOptions = {}): TypedQuery {
  if (typed.length > QUERY_CHARACTERS_MAX) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `query: has ${typed.length} characters, expected at most ${QUERY_CHARACTERS_MAX}; say in a sentence what the photo shows`,
    );
  }
  const { tokens, isUnclosed } = readTokens(plainText(typed));
  const words: string[] = [];
  const parts: TypedPart[] = [];
  const filters: TypedFilter[][] = [];
  const notices = new Set<string>();
  if (isUnclosed)
    notices.add('A quotation mark has no second one; all that follows it was taken as one phrase.');
  for (const [index, token] of tokens.entries()) {
    const joint = jointOf(tokens, index);
    if (joint !== undefined) continue;
    if (token.field !== undefined) {
      const filter = {
        isNegative: token.sign === '-',
        filter: readTypedFilter(token.field, plainText(token.value)),
      };
      const group = jointOf(tokens, index - 1) === 'or' ? filters.at(-1) : undefined;
      if (group === undefined) filters.push([filter]);
      else group.push(filter);
    } else if (plainText(token.value) === '') {
      notices.add('Quotation marks with nothing in them were passed over.');
    } else if (isPlain(token) && !isFile(token, options)) {
      words.push(token.value);
    } else {
      parts.push(partOf(token, options, notices));
    }
  }
  const all = words.join(' ');
  if (all.length > PART_CHARACTERS_MAX) {
    notices.add(
      `The query has ${tokens.length} words; those after the first ${PART_CHARACTERS_MAX} characters were ignored.`,
    );
  }
  return checked({ words: cutText(all), parts, filters, notices: [...notices] });
}

function checked(query: TypedQuery): TypedQuery {
  const { words, parts, filters } = query;
  const count = parts.length + (words === '' ? 0 : 1);
  if (count > PARTS_MAX) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `query: has ${count} parts with signs, weights or quotation marks, expected at most ${PARTS_MAX}; words without them are one part together`,
    );
  }
  if (count > 0 || filters.length > 0) return query;
  throw new AppError('TEXT_INVALID', 'query: is empty, expected words to look for; say what the photo shows');
}

/** `or` and `and` right between two filters; anywhere else they are words. */
function jointOf(tokens: readonly Token[], index: number): 'or' | 'and' | undefined {
  const [before, token, after] = [tokens[index - 1], tokens[index], tokens[index + 1]];
  if (before?.field === undefined || after?.field === undefined || token === undefined) return undefined;
  if (!isPlain(token)) return undefined;
  const word = token.value.toLowerCase();
  return word === 'or' || word === 'and' ? word : undefined;
}

function isPlain({ sign, weight, isQuoted, field }: Token): boolean {
  return sign === '' && weight === undefined && !isQuoted && field === undefined;
}

function isFile(token: Token, { hasFile }: ParseOptions): boolean {
  if (hasFile === undefined) return false;
  const isMeant = (token.sign !== '' || token.weight !== undefined) && PICTURE_NAME.test(token.value);
  // Words that a file happens to have the name of stay words: a picture has an ending, or the path a slash.
  return isMeant || ((PICTURE_NAME.test(token.value) || /[/\\]/.test(token.value)) && hasFile(token.value));
}

function partOf(token: Token, options: ParseOptions, notices: Set<string>): TypedPart {
  const { sign, weight = 1 } = token;
  if (!(weight > 0 && weight <= WEIGHT_MAX)) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `query: found "${token.raw.slice(0, 40)}", expected a weight above 0, at most ${WEIGHT_MAX}`,
    );
  }
  const isNegative = sign === '-';
  if (isFile(token, options)) return { file: token.value, weight, isNegative };
  const [field = ''] = token.value.split(':', 1);
  const isFilter = field.length < token.value.length && isTypedField(field.toLowerCase());
  if (isFilter && token.weight !== undefined && !token.isQuoted) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `query: found "${token.raw.slice(0, 40)}", a filter has no weight; leave it out, or put the words in quotation marks`,
    );
  }
  if (sign !== '' && options.hasFile === undefined && PICTURE_NAME.test(token.value)) {
    notices.add(`"${token.value.slice(0, 80)}" was taken as words: no files are read here.`);
  }
  return { text: cutText(plainText(token.value)), weight, isNegative };
}
