/**
 * Evaluation on one's own library: a real library and search, and a search of known answers as an oracle.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { AppError, isAppError } from '../../../model/index.ts';
import { SearchEngine, type SearchResponse } from '../../../query/index.ts';
import {
  evaluateQueries,
  libraryTables,
  terminalTable,
  type JudgedQuery,
} from '../../../scripts/evaluate/index.ts';
import { workbench, writePhoto } from '../../support/photo-folder.ts';

const red = [255, 0, 0] as const;
const green = [0, 255, 0] as const;
const blue = [0, 0, 255] as const;

const vectors = { name: 'vectors', request: { words: 'off', rerank: false } } as const;

function judged(query: string, ...photos: readonly (string | number)[]): JudgedQuery {
  return { line: 1, query, relevant: photos.map((photo) => ({ photo, gain: 1 })) };
}

function meanPercent(...values: readonly number[]): number {
  return (100 * values.reduce((sum, value) => sum + value, 0)) / values.length;
}

function discount(rank: number): number {
  return Math.log2(rank + 1);
}

describe('evaluateQueries', () => {
  it('asks the real search, and takes what is not in the library out of the figures', async (context) => {
    const bench = await workbench(context);
    for (const [name, colour, seed] of [
      ['one/rose.jpg', red, 1],
      ['two/grass.jpg', green, 2],
      ['two/sea.jpg', blue, 3],
    ] as const) {
      await writePhoto(path.join(bench.photos, name), seed, colour);
    }
    await bench.index();
    const library = await bench.open('read');
    context.after(() => library.close());
    const engine = new SearchEngine({ library, embedder: bench.embedder });
    const report = await evaluateQueries({
      library,
      openEngine: () => engine,
      queries: [
        judged('a red thing', 'rose.jpg'),
        judged('a green thing', 'two/grass.jpg', 'no-such.jpg'),
        judged('a blue thing', path.join(bench.photos, 'one', 'rose.jpg')),
        judged('a white thing', 'nowhere/rose.jpg'),
      ],
      configurations: [vectors],
    });
    assert.deepEqual([report.queries, report.negativeQueries], [3, 0]);
    assert.deepEqual(report.unknown, [
      { line: 1, photo: 'no-such.jpg' },
      { line: 1, photo: 'nowhere/rose.jpg' },
    ]);
    assert.deepEqual(report.left, [{ line: 1, query: 'a white thing' }]);
    const [first] = report.configurations;
    assert.ok(first?.figures);
    assert.ok(Math.abs(first.figures.recall[1] - 200 / 3) < 1e-9);
    assert.equal(first.figures.recall[5], 100);
    const [worst] = report.perQuery;
    assert.equal(worst?.query, 'a blue thing');
    const rank = worst.results[0]?.firstRank ?? 0;
    assert.ok(rank === 2 || rank === 3);
    assert.ok(Math.abs(first.figures.mrr - (100 * (2 + 1 / rank)) / 3) < 1e-9);
    assert.match(
      libraryTables(report)
        .map((table) => terminalTable(table))
        .join('\n'),
      /a blue thing/,
    );
  });

  it('computes every figure of known answers, and tells what nothing should match', async (context) => {
    const bench = await workbench(context);
    for (const seed of [1, 2, 3, 4]) await writePhoto(path.join(bench.photos, `${seed}.jpg`), seed);
    await bench.index();
    const library = await bench.open('read');
    context.after(() => library.close());
    // What is asked is the order of the answer; a dash says that nothing matches.
    const engine = {
      search: ({ text = '' }: { readonly text?: string }) =>
        Promise.resolve({
          hits: text.split(' ').map((name, index) => ({
            image: { id: 100 + index, path: `/photos/${name}.jpg` },
            copies: [],
          })),
          nothingMatches: text.startsWith('-'),
          timings: { totalMs: text.length },
        } as unknown as SearchResponse),
    };
    const graded: JudgedQuery = {
      line: 4,
      query: '1 3 2',
      relevant: [
        { photo: '2.jpg', gain: 3 },
        { photo: '1.jpg', gain: 1 },
      ],
    };
    const report = await evaluateQueries({
      library,
      openEngine: () => engine,
      queries: [
        judged('1 2', '1.jpg'),
        judged('3 4 - 2', '2.jpg', '1.jpg'),
        graded,
        judged('-'),
        judged('4'),
        { ...judged('- 9'), hasAnswer: true },
        { ...judged('9'), hasAnswer: true },
      ],
      configurations: [vectors],
    });
    const [figures] = report.configurations;
    assert.deepEqual([report.queries, report.negativeQueries], [3, 2]);
    assert.equal(report.openQueries, 2);
    assert.deepEqual(figures?.nothingMatches, { right: 1, missed: 1, false: 1 });
    const expected = {
      recall1: meanPercent(1, 0, 0.5),
      recall5: meanPercent(1, 0.5, 1),
      hitRate: 100,
      mrr: meanPercent(1, 1 / 4, 1),
      ndcg: meanPercent(
        1,
        1 / discount(4) / (1 + 1 / discount(2)),
        (1 + 3 / discount(3)) / (3 + 1 / discount(2)),
      ),
    };
    const found = {
      recall1: figures?.figures?.recall[1],
      recall5: figures?.figures?.recall[5],
      hitRate: figures?.figures?.hitRateAt10,
      mrr: figures?.figures?.mrr,
      ndcg: figures?.figures?.ndcgAt10,
    };
    for (const [name, value] of Object.entries(expected)) {
      const got = found[name as keyof typeof found] ?? Number.NaN;
      assert.ok(Math.abs(got - value) < 1e-9, `${name}: ${got}, expected ${value}`);
    }
    assert.deepEqual(
      report.perQuery.map(({ query }) => query),
      ['3 4 - 2', '1 3 2', '1 2', '-', '4', '- 9', '9'],
    );
  });

  it('names the line of a query that the search refuses', async (context) => {
    const bench = await workbench(context);
    await bench.index();
    const library = await bench.open('read');
    context.after(() => library.close());
    const engine = {
      search: () => Promise.reject(new AppError('INVALID_ARGUMENT', 'filter: wrong')),
    };
    await assert.rejects(
      evaluateQueries({
        library,
        openEngine: () => engine,
        queries: [{ ...judged('a dog'), line: 7, filter: { colour: 'red' } }],
        configurations: [vectors],
      }),
      (error) => {
        assert.ok(isAppError(error, 'INVALID_ARGUMENT'));
        assert.equal(error.message, 'line 7 of the queries: filter: wrong');
        return true;
      },
    );
  });
});
