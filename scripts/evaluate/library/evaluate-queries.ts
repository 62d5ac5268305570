/**
 * How well one's own library answers one's own queries, through the search that everybody uses.
 * Source: our own; figures as in ranking-metrics.ts. Deviation: none.
 */
import type { Library } from '../../../indexer/index.ts';
import { AppError, isAppError } from '../../../model/index.ts';
import type { SearchEngine, SearchRequest, SearchResponse } from '../../../query/index.ts';
import { summarize } from '../../bench/measure.ts';
import { checkSignal, type EvaluationProgress } from '../vectors/embed-photos.ts';
import type { JudgedQuery } from './queries-file.ts';
import { firstRank, hitAt, ndcgAt, recallAt, reciprocalRank } from './ranking-metrics.ts';
import { gainsOf, unknownTo, type PlacedPhoto } from './relevance.ts';

/** A way to search, compared with others. */
export interface Configuration {
  readonly name: string;
  readonly request: Pick<SearchRequest, 'words' | 'rerank'>;
}

export interface LibraryEvaluationOptions {
  readonly library: Library;
  /** A search for each configuration: what one has kept in memory must not make the next one look fast. */
  readonly openEngine: () => Pick<SearchEngine, 'search'>;
  readonly queries: readonly JudgedQuery[];
  readonly configurations: readonly Configuration[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

export const recallDepths = [1, 5, 10, 100] as const;
export type RecallDepth = (typeof recallDepths)[number];

export interface ConfigurationReport {
  readonly name: string;
  /** Means over the queries, percent; null where no query has relevant photos. */
  readonly figures: RankingFigures | null;
  /** of queries that nothing should match: how often the search says so; null where it never can tell */
  readonly nothingMatches: { readonly right: number; readonly missed: number; readonly false: number } | null;
  /** milliseconds of one search */
  readonly latency: { readonly p50: number; readonly p99: number };
}

export interface RankingFigures {
  readonly recall: Readonly<Record<RecallDepth, number>>;
  /** share of queries with anything relevant among the first 10 */
  readonly hitRateAt10: number;
  /** mean reciprocal rank, 100 where the first hit is always relevant */
  readonly mrr: number;
  readonly ndcgAt10: number;
}

export interface QueryReport {
  readonly line: number;
  readonly query: string;
  /** judgements that count */
  readonly relevant: number;
  /** By configuration. */
  readonly results: readonly QueryResult[];
}

export interface QueryResult {
  /** rank, from 1, of the first relevant hit; null where there is none among the first 100 */
  readonly firstRank: number | null;
  /** percent; null where nothing is relevant */
  readonly ndcgAt10: number | null;
  readonly nothingMatches: boolean | null;
}

export interface LibraryReport {
  /** queries with photos that are there */
  readonly queries: number;
  /** queries that nothing should match */
  readonly negativeQueries: number;
  /** queries that something should match, of which nobody said which photos */
  readonly openQueries: number;
  /** judgements of photos that are not in the library; they count for nothing */
  readonly unknown: readonly { readonly line: number; readonly photo: number | string }[];
  /** queries all of whose photos are not in the library */
  readonly left: readonly { readonly line: number; readonly query: string }[];
  readonly configurations: readonly ConfigurationReport[];
  /** Worst first: those with relevant photos, by their mean nDCG. */
  readonly perQuery: readonly QueryReport[];
  readonly seconds: number;
}

/** Deep enough for everybody who looks further than the first page. */
const DEPTH = 100;
const NDCG_DEPTH = 10;

/** Rows that are read at once. */
const PLACES_PER_PAGE = 4096;

/** @throws AppError of the search, naming the line of the query; ABORTED */
export async function evaluateQueries(options: LibraryEvaluationOptions): Promise<LibraryReport> {
  const start = performance.now();
  const { queries, configurations, library, onProgress } = options;
  const unknown = unknownTo(
    placesIn(library),
    queries.flatMap(({ relevant }) => relevant),
  );
  const { judged, left } = withoutUnknown(queries, unknown);
  const ways = configurations.map(({ request }) => ({ request, engine: options.openEngine() }));
  const searched: Searched[][] = [];
  for (const [index, query] of judged.entries()) {
    const results: Searched[] = [];
    for (const way of ways) results.push(await searchOne(query, way, options.signal));
    searched.push(results);
    onProgress?.({ phase: 'queries', done: index + 1, total: judged.length });
  }
  return {
    queries: judged.filter(({ relevant }) => relevant.length > 0).length,
    negativeQueries: judged.filter((query) => isNegative(query)).length,
    openQueries: judged.filter(({ hasAnswer }) => hasAnswer === true).length,
    unknown: queries.flatMap(({ line, relevant }) =>
      relevant.filter(({ photo }) => unknown.has(photo)).map(({ photo }) => ({ line, photo })),
    ),
    left,
    configurations: configurations.map(({ name }, way) =>
      configurationReport(
        name,
        searched.flatMap((results) => results[way] ?? []),
      ),
    ),
    perQuery: judged
      .map(({ line, query, relevant }, index) => ({
        line,
        query,
        relevant: relevant.length,
        results: (searched[index] ?? []).map((one) => resultOf(one)),
      }))
      .toSorted((a, b) => meanNdcg(a) - meanNdcg(b)),
    seconds: (performance.now() - start) / 1000,
  };
}

/** One query in one configuration. */
interface Searched {
  readonly isNegative: boolean;
  readonly gains: readonly number[];
  readonly ideal: readonly number[];
  readonly nothingMatches: boolean | null;
  readonly totalMs: number;
}

/** Nothing should match it. */
function isNegative({ relevant, hasAnswer }: JudgedQuery): boolean {
  return relevant.length === 0 && hasAnswer !== true;
}

async function searchOne(
  judged: JudgedQuery,
  way: { readonly request: Configuration['request']; readonly engine: Pick<SearchEngine, 'search'> },
  signal: AbortSignal | undefined,
): Promise<Searched> {
  checkSignal(signal);
  const { line, query, filter, relevant } = judged;
  const request = { text: query, limit: DEPTH, ...way.request, ...(filter !== undefined && { filter }) };
  const response = await way.engine
    .search(request as SearchRequest, signal === undefined ? {} : { signal })
    .catch((error: unknown) => {
      throw atLine(line, error);
    });
  return {
    isNegative: isNegative(judged),
    gains: gainsOf(placesOf(response), relevant),
    ideal: relevant.map(({ gain }) => gain),
    nothingMatches: response.nothingMatches,
    totalMs: response.timings.totalMs,
  };
}

function placesOf({ hits }: SearchResponse): PlacedPhoto[][] {
  return hits.map(({ image, copies }) => [image, ...copies]);
}

function configurationReport(name: string, searched: readonly Searched[]): ConfigurationReport {
  const positive = searched.filter(({ ideal }) => ideal.length > 0);
  const negative = searched.filter((one) => one.isNegative);
  const canTell = searched.some(({ nothingMatches }) => nothingMatches !== null);
  const { median, p99 } = summarize(searched.map(({ totalMs }) => totalMs));
  return {
    name,
    figures: positive.length === 0 ? null : rankingFigures(positive),
    nothingMatches: canTell
      ? {
          right: negative.filter(({ nothingMatches }) => nothingMatches === true).length,
          missed: negative.filter(({ nothingMatches }) => nothingMatches !== true).length,
          false: searched.filter((one) => !one.isNegative && one.nothingMatches === true).length,
        }
      : null,
    latency: { p50: median, p99 },
  };
}

function rankingFigures(searched: readonly Searched[]): RankingFigures {
  const mean = (of: (one: Searched) => number) =>
    (100 * searched.reduce((sum, one) => sum + of(one), 0)) / searched.length;
  const recall = (k: number) => mean(({ gains, ideal }) => recallAt(k, gains, ideal));
  return {
    recall: { 1: recall(1), 5: recall(5), 10: recall(10), 100: recall(100) },
    hitRateAt10: mean(({ gains }) => hitAt(10, gains)),
    mrr: mean(({ gains }) => reciprocalRank(gains)),
    ndcgAt10: mean(({ gains, ideal }) => ndcgAt(NDCG_DEPTH, gains, ideal)),
  };
}

function resultOf({ gains, ideal, nothingMatches }: Searched): QueryResult {
  return {
    firstRank: firstRank(gains),
    ndcgAt10: ideal.length === 0 ? null : 100 * ndcgAt(NDCG_DEPTH, gains, ideal),
    nothingMatches,
  };
}

/** Those that nothing should match come last: they have no order to be judged. */
function meanNdcg({ results }: QueryReport): number {
  const values = results.map(({ ndcgAt10 }) => ndcgAt10 ?? 101);
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function withoutUnknown(
  queries: readonly JudgedQuery[],
  unknown: ReadonlySet<number | string>,
): { judged: JudgedQuery[]; left: LibraryReport['left'] } {
  const judged: JudgedQuery[] = [];
  const left: { line: number; query: string }[] = [];
  for (const query of queries) {
    const relevant = query.relevant.filter(({ photo }) => !unknown.has(photo));
    if (relevant.length === 0 && query.relevant.length > 0)
      left.push({ line: query.line, query: query.query });
    else judged.push({ ...query, relevant });
  }
  return { judged, left };
}

/** Every photo of the library at its place; those of a root inside another come twice. */
function* placesIn({ store }: Library): Generator<PlacedPhoto> {
  for (const root of store.roots.all()) {
    for (let after = ''; ;) {
      const page = store.images.below(root.path, after, PLACES_PER_PAGE);
      yield* page;
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.path;
    }
  }
}

function atLine(line: number, error: unknown): unknown {
  if (!isAppError(error) || error.code === 'ABORTED') return error;
  return new AppError(error.code, `line ${line} of the queries: ${error.message}`, { cause: error });
}
