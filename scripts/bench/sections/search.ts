/**
 * A whole search beside the network: from the vector of the query to rows of the database, with filters and deep pages, and
 * what of the nearest it finds.
 * Source: our own; the vectors are those of synthetic-vectors.ts. Deviation: none.
 */
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { PhotoFilter } from '../../../indexer/index.ts';
import { SearchEngine, type SearchResponse } from '../../../query/index.ts';
import { makeLibrary, PLACE_BASE, rowOf, type MadeUpLibrary } from '../made-up-library.ts';
import { summarize } from '../measure.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

const COUNTS = [10_000, 100_000] as const;
const COUNTS_QUICK = [2000, 5000] as const;
const COUNT_FULL = 1_000_000;
const DIMENSION = 256;
const QUERIES = 100;
const QUERIES_QUICK = 20;
const NEIGHBOURS = 10;
const RECALL_GOAL = 0.99;
const SHARES = [0.5, 0.05, 0.005, 0.0005] as const;
const PAGE = 50;
const PAGES_DEEP = [0, 1000, 10_000, 20_000] as const;
const LOOP_RESOLUTION_MS = 1;

export const searchSection: BenchSection = {
  name: 'search',
  title: 'A search beside the network: latency, filters, recall, deep pages',
  run,
};

interface Case {
  readonly name: string;
  readonly filter: PhotoFilter | undefined;
  readonly passes: (place: number) => boolean;
}

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const rows: (string | number)[][] = [];
  const pages: (string | number)[][] = [];
  const usual: readonly number[] = context.quick ? COUNTS_QUICK : COUNTS;
  for (const count of context.full === true ? [...usual, COUNT_FULL] : usual) {
    context.note(`search: making a library of ${count}`);
    const made = await makeLibrary(path.join(context.workFolder, String(count)), {
      count,
      queries: context.quick ? QUERIES_QUICK : QUERIES,
      dimension: DIMENSION,
    });
    try {
      context.note(`search: ${count} vectors were put into the index in ${figure(made.indexSeconds, 's')}`);
      for (const one of casesOf(count, made)) rows.push(await measureCase(made, one, context, result));
      pages.push(...(await measurePages(made, count)));
    } finally {
      await made.library.close();
    }
  }
  result.table(
    `${DIMENSION} numbers, ${NEIGHBOURS} hits, one search after the other; text encoding left out; ms`,
    ['photos', 'filter', 'pass', 'p50', 'p99', 'filter p50', 'index p50', 'recall@10', 'loop blocked'],
    rows,
  );
  result.table(
    `One page of ${PAGE} hits behind so many; ms`,
    ['photos', 'behind', 'p50', 'loop blocked'],
    pages,
  );
  result.remark(
    'near, far: what passes is what lies nearest to the queries, or farthest; any: it lies anywhere.',
  );
  if (context.full !== true)
    result.remark(`${COUNT_FULL} photos are measured with --full, which takes half an hour.`);
  return result.result();
}

function casesOf(count: number, { anywhere, nearness }: MadeUpLibrary): Case[] {
  const cases: Case[] = [{ name: '–', filter: undefined, passes: () => true }];
  for (const share of SHARES) {
    const passing = Math.max(1, Math.round(count * share));
    const first = { max: PLACE_BASE + passing - 1 };
    const last = { min: PLACE_BASE + count - passing };
    const percent = `${share * 100} %`;
    cases.push(
      { name: `${percent} any`, filter: { bytes: first }, passes: (row) => (anywhere[row] ?? 0) < passing },
      { name: `${percent} near`, filter: { width: first }, passes: (row) => (nearness[row] ?? 0) < passing },
      {
        name: `${percent} far`,
        filter: { width: last },
        passes: (row) => (nearness[row] ?? 0) >= count - passing,
      },
    );
  }
  return cases;
}

async function measureCase(
  made: MadeUpLibrary,
  { name, filter, passes }: Case,
  { note }: BenchContext,
  result: ResultBuilder,
): Promise<(string | number)[]> {
  const { library, embedder, contentIds, set } = made;
  const engine = new SearchEngine({ library, embedder });
  const queries = set.queries.length / set.dimension;
  const responses: SearchResponse[] = [];
  const loop = watchLoop();
  // The first searches fill caches.
  for (let query = -3; query < queries; query += 1) {
    const request = {
      // The queries are numbers, which stand in the names of photos.
      words: 'off' as const,
      text: String(Math.max(0, query)),
      limit: NEIGHBOURS,
      ...(filter !== undefined && { filter }),
    };
    const response = await engine.search(request);
    if (query >= 0) responses.push(response);
  }
  const blockedMs = loop.longestMs();
  const rows = contentIds.map((_, row) => row).filter(passes);
  let right = 0;
  let all = 0;
  for (const [query, { hits }] of responses.entries()) {
    const nearest = new Set(nearestOf(made, rows, query).map((row) => contentIds[row]));
    all += nearest.size;
    right += hits.filter(({ image }) => nearest.has(image.contentId)).length;
  }
  const recall = right / all;
  const times = summarize(responses.map(({ timings }) => timings.totalMs - timings.encodeMs));
  const filterMs = summarize(responses.map(({ timings }) => timings.filterMs)).median;
  const annMs = summarize(responses.map(({ timings }) => timings.annMs)).median;
  const count = contentIds.length;
  const row = [
    count,
    name,
    rows.length,
    figure(times.median),
    figure(times.p99),
    figure(filterMs),
    figure(annMs),
    recall.toFixed(4),
    figure(blockedMs),
  ];
  note(`search: ${row.join(', ')}`);
  result.value(`${count} ${name}: p50 ms`, times.median);
  result.value(`${count} ${name}: p99 ms`, times.p99);
  result.value(`${count} ${name}: recall`, recall);
  if (recall < RECALL_GOAL)
    result.remark(`${count}, ${name}: recall ${recall.toFixed(4)}, expected ${RECALL_GOAL}.`);
  return row;
}

/** By comparing all. @returns rows */
function nearestOf({ set }: MadeUpLibrary, rows: readonly number[], query: number): number[] {
  const vector = rowOf(set.queries, query, set.dimension);
  const best: { readonly row: number; readonly score: number }[] = [];
  for (const row of rows) {
    let score = 0;
    const start = row * set.dimension;
    for (let place = 0; place < set.dimension; place += 1) {
      score += (vector[place] as number) * (set.vectors[start + place] as number);
    }
    if (best.length === NEIGHBOURS && score <= (best.at(-1)?.score ?? 0)) continue;
    best.push({ row, score });
    best.sort((a, b) => b.score - a.score);
    if (best.length > NEIGHBOURS) best.pop();
  }
  return best.map(({ row }) => row);
}

async function measurePages(
  { library, embedder }: MadeUpLibrary,
  count: number,
): Promise<(string | number)[][]> {
  const engine = new SearchEngine({ library, embedder });
  const rows: (string | number)[][] = [];
  for (const depth of PAGES_DEEP) {
    if (depth + PAGE > count) continue;
    let cursor: string | null = null;
    for (let behind = 0; behind < depth; behind += 1000) {
      const page: SearchResponse = await engine.search({
        text: '0',
        words: 'off',
        limit: Math.min(1000, depth - behind),
        ...(cursor !== null && { cursor }),
      });
      ({ cursor } = page);
    }
    const loop = watchLoop();
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const start = performance.now();
      await engine.search({ text: '0', words: 'off', limit: PAGE, ...(cursor !== null && { cursor }) });
      times.push(performance.now() - start);
    }
    rows.push([count, depth, figure(summarize(times).median), figure(loop.longestMs())]);
  }
  return rows;
}

function watchLoop(): { longestMs(): number } {
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  return {
    longestMs: () => {
      delay.disable();
      return Math.max(0, delay.max / 1e6 - LOOP_RESOLUTION_MS);
    },
  };
}
