/**
 * A query as a person typed it, taken apart.
 * Source: our own. Deviation: none.
 */
import type { PhotoFilter } from '../../indexer/index.ts';
import type { QueryPart, SearchRequest } from '../request.ts';

/** Words, or the path of a picture; exactly one of both. */
export interface TypedPart {
  readonly text?: string;
  /** as typed */
  readonly file?: string;
  /** above 0 */
  readonly weight: number;
  readonly isNegative: boolean;
}

/** One `field:value`. */
export interface TypedFilter {
  readonly isNegative: boolean;
  /** Never `and`, `or` or `not`. */
  readonly filter: PhotoFilter;
}

export interface TypedQuery {
  /** The words that stand alone, in order, as one text; '' for none. */
  readonly words: string;
  /** What has a sign, a weight or quotation marks, and files; in order. */
  readonly parts: readonly TypedPart[];
  /** One of each group, and all groups. */
  readonly filters: readonly (readonly TypedFilter[])[];
  /** What a person should know of how it was read. */
  readonly notices: readonly string[];
}

/** The filters as one; undefined for none. */
export function filterOf({ filters }: Pick<TypedQuery, 'filters'>): PhotoFilter | undefined {
  const groups = filters.map((group): PhotoFilter => {
    const list = group.map((one) => (one.isNegative ? { not: one.filter } : one.filter));
    const [first] = list;
    return list.length === 1 && first !== undefined ? first : { or: list };
  });
  const [first] = groups;
  return groups.length > 1 ? { and: groups } : first;
}

/**
 * As the engine takes it. Files become pictures that are read there.
 * @param place of a file: made absolute, for instance
 */
export function toSearchRequest(query: TypedQuery, place = (file: string) => file): SearchRequest {
  const partOf = ({ text, file, weight }: TypedPart): QueryPart => ({
    ...(text !== undefined && { text }),
    ...(file !== undefined && { image: { picture: place(file) } }),
    ...(weight !== 1 && { weight }),
  });
  const positive = query.parts.filter(({ isNegative }) => !isNegative).map((one) => partOf(one));
  const negative = query.parts.filter(({ isNegative }) => isNegative).map((one) => partOf(one));
  const filter = filterOf(query);
  return {
    ...(query.words !== '' && { text: query.words }),
    ...(positive.length > 0 && { positive }),
    ...(negative.length > 0 && { negative }),
    ...(filter !== undefined && { filter }),
  };
}
