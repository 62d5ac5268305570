/**
 * The answer of a search as a table for people.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import Table from 'cli-table3';
import type { SearchHit, SearchRequest, SearchResponse } from '../../../query/index.ts';
import { formatNumber, printable, printLine } from '../terminal.ts';
import { evidenceLines, type ExplainedHit } from './explain-hits.ts';

/** How well it fits, in a word: a probability where there is one, else the cosine. */
export function matchText({ pMatch, score }: SearchHit): string {
  return pMatch === null
    ? `score ${score.toFixed(3)}`
    : `${formatNumber(pMatch * 100, pMatch < 0.1 ? 1 : 0)} %`;
}

/**
 * How many hits come before the line below which nothing is to be trusted. Where words moved photos up, those above the
 * cut-off do not stand together: the line is behind the last of them, and behind the last whose words are written down.
 */
export function untrustedFrom({ hits, cutoff }: SearchResponse): number {
  if (cutoff === null) return hits.length;
  if (cutoff.kind === 'relative') return Math.min(cutoff.hitsAbove, hits.length);
  const last = hits.findLastIndex(
    ({ pMatch, matched }) => (pMatch !== null && pMatch >= cutoff.value) || matched.words.length > 0,
  );
  return last + 1;
}

export function printHits(response: SearchResponse, request: SearchRequest): void {
  const { hits, nothingMatches, cutoff } = response;
  if (hits.length === 0) {
    printLine(emptyText(request, response));
    return;
  }
  if (nothingMatches === true) printLine('Nothing in this library matches. What comes nearest:');
  const hasWords = hits.some(({ matched }) => matched.words.length > 0);
  const hasMatch = hits.some(({ pMatch }) => pMatch !== null);
  const table = new Table({
    head: [
      '#',
      ...(hasMatch ? ['match'] : []),
      'score',
      'photo',
      'size',
      'taken',
      ...(hasWords ? ['words'] : []),
    ],
    style: { head: [], border: [] },
  });
  const cut = untrustedFrom(response);
  for (const [index, hit] of hits.entries()) {
    if (index === cut) {
      table.push([
        {
          colSpan: table.options.head.length,
          hAlign: 'center',
          content: 'below here nothing is to be trusted',
        },
      ]);
    }
    table.push(rowOf(hit, { hasMatch, hasWords }));
  }
  printLine(table.toString());
  printLine(timingsText(response));
  if (cutoff?.kind === 'relative') {
    printLine('This model gives no probability of a match: the line is drawn by how the scores fall.');
  }
  if (response.cursor !== null) printLine(`More: the same again with --cursor ${response.cursor}`);
}

/** @param explained of some of the hits */
export function printReasons(explained: readonly ExplainedHit[], { hits }: SearchResponse): void {
  for (const { id, evidence, clauses } of explained) {
    const hit = hits.find((one) => one.id === id);
    if (hit === undefined) continue;
    printLine();
    printLine(`${hit.rank}. ${printable(shownPath(hit.image.path))}: what speaks for it`);
    for (const line of evidenceLines(evidence)) printLine(`   |${line}|`);
    if (clauses.clauses.length < 2) continue;
    for (const { text, pMatch, cosine, holds } of clauses.clauses) {
      const mark = holds === null ? '?' : holds ? '✓' : '✗';
      const value = pMatch === null ? `score ${cosine.toFixed(3)}` : `${formatNumber(pMatch * 100)} %`;
      printLine(`   ${mark} ${printable(text)} (${value})`);
    }
    if (!clauses.isReliable) printLine('   Of single parts this model is a poor judge: no ticks are given.');
  }
}

function rowOf(
  hit: SearchHit,
  { hasMatch, hasWords }: { readonly hasMatch: boolean; readonly hasWords: boolean },
): (string | number)[] {
  const { rank, pMatch, band, score, image, matched } = hit;
  return [
    rank,
    ...(hasMatch ? [pMatch === null ? '' : `${matchText(hit)} ${band ?? ''}`.trim()] : []),
    score.toFixed(3),
    printable(shownPath(image.path)),
    `${image.width} × ${image.height}`,
    image.takenAt?.slice(0, 10) ?? '',
    ...(hasWords
      ? [matched.words.map(({ field, terms }) => printable(`${field}: ${terms.join(' ')}`)).join('\n')]
      : []),
  ];
}

function emptyText({ filter, minMatch, cursor }: SearchRequest, { nothingMatches }: SearchResponse): string {
  if (cursor !== undefined) return 'There are no more photos.';
  if (nothingMatches === true || minMatch !== undefined) return 'Nothing in this library matches.';
  if (filter !== undefined) return 'No photo passes the filter.';
  return 'The library holds no photos yet. Add some with: imglish index <folder>';
}

function timingsText({ timings, reranked }: SearchResponse): string {
  const parts = [
    ['query', timings.encodeMs],
    ['filter', timings.filterMs],
    ['index', timings.annMs],
    ['words', timings.wordsMs],
    ['rerank', timings.rerankMs],
  ] as const;
  const shown = parts.filter(([, ms]) => ms > 0).map(([name, ms]) => `${name} ${formatNumber(ms, 1)}`);
  const read =
    reranked === null
      ? ''
      : ` Read with the words: ${formatNumber(reranked.scored)} of ${formatNumber(reranked.asked)}.`;
  return (
    `${formatNumber(timings.totalMs, 1)} ms (${shown.join(', ')}).${read} ` +
    'The score is a cosine: it orders photos, and says nothing of its own.'
  );
}

function shownPath(file: string): string {
  const near = path.relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
}
