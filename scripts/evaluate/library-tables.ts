/**
 * The report on one's own queries as tables.
 * Source: our own. Deviation: none.
 */
import { recallDepths, type LibraryReport, type QueryResult } from './library/evaluate-queries.ts';
import type { ReportTable } from './report-tables.ts';

const WORST_SHOWN = 10;
const QUERY_CHARACTERS_MAX = 40;

export function libraryTables(report: LibraryReport): ReportTable[] {
  const tables = [rankingTable(report)];
  if (report.configurations.some(({ nothingMatches }) => nothingMatches !== null)) {
    tables.push(nothingTable(report));
  }
  const worst = report.perQuery.filter(({ relevant }) => relevant > 0).slice(0, WORST_SHOWN);
  if (worst.length > 0) {
    tables.push({
      title: 'The worst queries: rank of the first relevant photo',
      head: ['query', 'line', 'relevant', ...report.configurations.map(({ name }) => name)],
      rows: worst.map(({ query, line, relevant, results }) =>
        [shortened(query), String(line), String(relevant)].concat(results.map((result) => rankCell(result))),
      ),
    });
  }
  return tables;
}

function rankingTable({ configurations, queries }: LibraryReport): ReportTable {
  return {
    title: `${queries} queries with relevant photos, percent`,
    head: [
      '',
      ...recallDepths.map((depth) => `recall@${depth}`),
      'hit rate@10',
      'MRR',
      'nDCG@10',
      'ms p50',
      'ms p99',
    ],
    rows: configurations.map(({ name, figures, latency }) => [
      name,
      ...(figures === null
        ? Array.from({ length: recallDepths.length + 3 }, () => '–')
        : [
            ...recallDepths.map((depth) => figures.recall[depth]),
            figures.hitRateAt10,
            figures.mrr,
            figures.ndcgAt10,
          ].map((value) => value.toFixed(1))),
      latency.p50.toFixed(1),
      latency.p99.toFixed(1),
    ]),
  };
}

function nothingTable({ configurations, queries, negativeQueries, openQueries }: LibraryReport): ReportTable {
  const others = queries + openQueries;
  return {
    title: '"Nothing matches"',
    head: ['', `said of ${negativeQueries} that nothing should match`, `said of ${others} others`],
    rows: configurations.flatMap(({ name, nothingMatches }) =>
      nothingMatches === null
        ? []
        : [[name, share(nothingMatches.right, negativeQueries), share(nothingMatches.false, others)]],
    ),
  };
}

function share(count: number, all: number): string {
  return all === 0 ? '–' : `${count} (${((100 * count) / all).toFixed(0)} %)`;
}

function rankCell({ firstRank }: QueryResult): string {
  return firstRank === null ? '> 100' : String(firstRank);
}

/** Control characters are shown as escapes: queries come from a file. */
function shortened(query: string): string {
  const shown = query.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
  return shown.length > QUERY_CHARACTERS_MAX ? `${shown.slice(0, QUERY_CHARACTERS_MAX - 1)}…` : shown;
}
