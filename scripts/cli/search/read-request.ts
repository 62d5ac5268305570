/**
 * From the words and flags of `imglish search` to a request.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { checkPhotoFilter, type PhotoFilter } from '../../../indexer/index.ts';
import { AppError, messageOf } from '../../../model/index.ts';
import {
  checkLocalRequest,
  filterOf,
  formatQuery,
  parseQuery,
  toSearchRequest,
  type Collapse,
  type SearchRequest,
} from '../../../query/index.ts';

export interface SearchFlags {
  readonly filter?: readonly string[];
  readonly limit: number;
  readonly rerank?: number | true;
  readonly budget?: number;
  readonly minMatch?: number | true;
  readonly sort?: NonNullable<SearchRequest['sort']>;
  readonly words?: NonNullable<SearchRequest['words']>;
  readonly collapse?: Collapse;
  readonly cursor?: string;
}

export interface TypedRequest {
  readonly request: SearchRequest;
  /** As a person would type it again. */
  readonly line: string;
  /** How it was read, where that may surprise. */
  readonly notices: readonly string[];
}

/** Each file is a line of the answer, as other programs want it. */
const COLLAPSE_DEFAULT = 'none';

/**
 * @param words as the shell gave them: a picture's path may have spaces in it
 * @throws AppError TEXT_INVALID, INVALID_ARGUMENT
 */
export function readRequest(words: readonly string[], flags: SearchFlags): TypedRequest {
  const filters = (flags.filter ?? []).map((text) => readFilter(text));
  const line = words.map((word) => quotedFile(word)).join(' ');
  const typed =
    line.trim() === '' && filters.length > 0
      ? { words: '', parts: [], filters: [], notices: [] }
      : parseQuery(line, { hasFile });
  const parts = toSearchRequest(typed, (file) => path.resolve(file));
  const filter = allOf([...(parts.filter === undefined ? [] : [parts.filter]), ...filters]);
  const request = checkLocalRequest({
    ...parts,
    ...(filter !== undefined && { filter }),
    limit: flags.limit,
    collapse: flags.collapse ?? COLLAPSE_DEFAULT,
    ...(flags.sort !== undefined && { sort: flags.sort }),
    ...(flags.words !== undefined && { words: flags.words }),
    ...(flags.cursor !== undefined && { cursor: flags.cursor }),
    ...(flags.minMatch !== undefined && { minMatch: flags.minMatch === true ? 'default' : flags.minMatch }),
    ...rerankOf(flags),
  });
  return { request, line: formatQuery(typed), notices: typed.notices };
}

/** A budget is one of reranking, so it asks for it. */
function rerankOf({ rerank, budget }: SearchFlags): Pick<SearchRequest, 'rerank'> {
  if (rerank === undefined && budget === undefined) return {};
  return {
    rerank: {
      ...(typeof rerank === 'number' && { k: rerank }),
      ...(budget !== undefined && { budgetMs: budget }),
    },
  };
}

/** `taken:2023 camera:canon`, or the JSON that HTTP takes. */
function readFilter(text: string): PhotoFilter {
  if (!text.trim().startsWith('{')) return typedFilter(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `--filter: found "${text.slice(0, 80)}", which is no JSON (${messageOf(error)}); check its quotation marks, or type a filter such as taken:2023`,
      { cause: error },
    );
  }
  return checkPhotoFilter(value, '--filter');
}

function typedFilter(text: string): PhotoFilter {
  const typed = parseQuery(text);
  const filter = filterOf(typed);
  if (filter !== undefined && typed.words === '' && typed.parts.length === 0) return filter;
  throw new AppError(
    'INVALID_ARGUMENT',
    `--filter: found "${text.slice(0, 80)}", expected filters alone, such as taken:2023 or camera:canon; words are what is searched for`,
  );
}

function allOf(filters: readonly PhotoFilter[]): PhotoFilter | undefined {
  const [first] = filters;
  return filters.length > 1 ? { and: filters } : first;
}

/** The shell took the quotation marks off a path with spaces; the line needs them back. */
function quotedFile(word: string): string {
  const [, sign = '', place = ''] = /^([+-]?)(.*)$/s.exec(word) ?? [];
  if (!/\s/.test(place) || !hasFile(place)) return word;
  return `${sign}"${place.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}

function hasFile(place: string): boolean {
  try {
    return statSync(place, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    // Not a path at all, or one of a folder that is closed to us: words, then.
    return false;
  }
}
