/**
 * The questions, and their answers from the database.
 * Source: our own. Deviation: none.
 */
import type { ListPlace, PhotoFilter, Store } from '../store/index.ts';
import { countFacets, type Facets, type FacetsRequest } from './facets.ts';
import { textPage, type TextPage, type TextRequest } from './text-list.ts';

export interface ListRequest {
  /** checked */
  readonly filter: PhotoFilter | null;
  /** The last photo of the page before; null for the first page, which is told the total. */
  readonly after: ListPlace | null;
  readonly limit: number;
  /** milliseconds since 1970; relative dates are those before it */
  readonly nowMs: number;
}

export interface ListPage {
  /** Newest first. */
  readonly places: readonly ListPlace[];
  readonly isEnd: boolean;
  /** Photos on all pages; null for another than the first. */
  readonly total: number | null;
}

/** What is asked, by kind. All of it can be sent to a thread. */
export interface Inquiries {
  readonly list: ListRequest;
  readonly facets: FacetsRequest;
  readonly texts: TextRequest;
}

export interface Answers {
  readonly list: ListPage;
  readonly facets: Facets;
  readonly texts: TextPage;
}

export type InquiryKind = keyof Inquiries;

const answerers: { readonly [Kind in InquiryKind]: (store: Store, asked: Inquiries[Kind]) => Answers[Kind] } =
  { list: listPage, facets: countFacets, texts: textPage };

/** On the calling thread. */
export function answerInquiry<Kind extends InquiryKind>(
  store: Store,
  kind: Kind,
  asked: Inquiries[Kind],
): Answers[Kind] {
  return answerers[kind](store, asked);
}

function listPage(store: Store, { filter, after, limit, nowMs }: ListRequest): ListPage {
  const now = new Date(nowMs);
  // One more than asked for tells whether there is more.
  const found = store.imageLists.page(filter ?? undefined, after ?? undefined, limit + 1, now);
  return {
    places: found.slice(0, limit),
    isEnd: found.length <= limit,
    total: after === null ? totalOf(store, filter, now) : null,
  };
}

function totalOf(store: Store, filter: PhotoFilter | null, now: Date): number {
  return filter === null ? store.totals().images : store.imageLists.count(filter, now);
}
