/**
 * Figures of rankings, judgements, kept vectors: hand-computed cases and naive versions.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { isAppError } from '../../../model/index.ts';
import { BestLists } from '../../../scripts/evaluate/figures/best-lists.ts';
import { cutoffFigures, reliabilityFigures } from '../../../scripts/evaluate/figures/reliability.ts';
import { KeptVectors, readQueries } from '../../../scripts/evaluate/index.ts';
import {
  firstRank,
  hitAt,
  ndcgAt,
  recallAt,
  reciprocalRank,
} from '../../../scripts/evaluate/library/ranking-metrics.ts';
import { gainsOf, isMeant, unknownTo } from '../../../scripts/evaluate/library/relevance.ts';
import { randomNumbers, temporaryFolder } from '../../support/photo-folder.ts';
import { unitRows } from './numbered-photos.ts';

describe('ranking metrics', () => {
  it('give what is computed by hand for graded gains', () => {
    // trec_eval on grades 3 2 3 0 1 2, of which the best order is 3 3 2 2 1:
    // 3/1 + 2/1.58496 + 3/2 + 0 + 1/2.58496 + 2/2.80735 = 6.86113; ideal 3/1 + 3/1.58496 + 2/2 + 2/2.32193 + 1/2.58496 = 7.14100
    const gains = [3, 2, 3, 0, 1, 2];
    const ideal = [1, 2, 3, 2, 3];
    assert.ok(Math.abs(ndcgAt(10, gains, ideal) - 6.86113 / 7.141) < 1e-5);
    // Only the first two: (3 + 2/1.58496) / (3 + 3/1.58496)
    assert.ok(Math.abs(ndcgAt(2, gains, ideal) - 4.26186 / 4.89279) < 1e-5);
    assert.equal(ndcgAt(10, [3, 3, 2, 2, 1], ideal), 1);
    assert.equal(ndcgAt(10, [0, 0], ideal), 0);
  });

  it('give what is computed by hand for recall, hits and ranks', () => {
    const gains = [0, 0, 1, 0, 1, 0];
    const ideal = [1, 1, 1, 1];
    assert.equal(recallAt(1, gains, ideal), 0);
    assert.equal(recallAt(3, gains, ideal), 0.25);
    assert.equal(recallAt(10, gains, ideal), 0.5);
    assert.deepEqual([hitAt(2, gains), hitAt(3, gains)], [0, 1]);
    assert.deepEqual([firstRank(gains), firstRank([0, 0])], [3, null]);
    assert.deepEqual([reciprocalRank(gains), reciprocalRank([])], [1 / 3, 0]);
  });
});

describe('judgements', () => {
  const places = [
    { id: 1, path: '/photos/trip/a.jpg' },
    { id: 2, path: '/photos/home/a.jpg' },
    { id: 3, path: '/photos/home/ba.jpg' },
    { id: 4, path: String.raw`C:\photos\c.jpg` },
  ] as const;

  it('mean a photo by id, path, end of the path or name, and no name that only ends alike', () => {
    assert.deepEqual(
      [1, '/photos/trip/a.jpg', 'trip/a.jpg', 'a.jpg', './a.jpg', 'rip/a.jpg', '2', 'home/a.jpg'].map(
        (photo) => isMeant(photo, places[0]),
      ),
      [true, true, true, true, true, false, false, false],
    );
    assert.equal(isMeant('a.jpg', places[2]), false);
    assert.equal(isMeant('photos/c.jpg', places[3]), true);
  });

  it('are met once each, the highest gain first, and a hit with its copies meets one', () => {
    const [trip, home, other] = places;
    const relevant = [
      { photo: 'a.jpg', gain: 1 },
      { photo: 3, gain: 5 },
    ];
    assert.deepEqual(gainsOf([[trip], [home], [other]], relevant), [1, 0, 5]);
    assert.deepEqual(gainsOf([[trip, other], [home]], relevant), [5, 1]);
  });

  it('that no photo can meet are told', () => {
    const relevant = [1, 9, 'ba.jpg', 'trip/ba.jpg', 'c.jpg'].map((photo) => ({ photo, gain: 1 }));
    assert.deepEqual([...unknownTo(places, relevant)], [9, 'trip/ba.jpg']);
  });

  it('are read line by line, with grades or without', async (context) => {
    const file = path.join(await temporaryFolder(context), 'q.jsonl');
    await writeFile(
      file,
      '{"query": "a dog", "relevant": ["a.jpg", 7, "a.jpg"]}\n\n{"query": "cats", "relevant": {"b.jpg": 3, "8": 1, "c.jpg": 0}, "filter": {"last": "2y"}}\r\n{"query": "tax form", "relevant": []}\n{"query": "snow", "relevant": "some"}\n',
    );
    assert.deepEqual(await readQueries(file), [
      {
        line: 1,
        query: 'a dog',
        relevant: [
          { photo: 'a.jpg', gain: 1 },
          { photo: 7, gain: 1 },
        ],
      },
      {
        line: 3,
        query: 'cats',
        relevant: [
          { photo: 8, gain: 1 },
          { photo: 'b.jpg', gain: 3 },
        ],
        filter: { last: '2y' },
      },
      { line: 4, query: 'tax form', relevant: [] },
      { line: 5, query: 'snow', relevant: [], hasAnswer: true },
    ]);
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['no JSON', 'dog\ta.jpg', /q\.jsonl:2: found "dog\\ta\.jpg", expected JSON/],
    ['an unknown key', '{"query": "dog", "relevant": [], "limit": 3}', /:2: .*"limit"/],
    ['blank words', '{"query": "  ", "relevant": []}', /:2: "query": expected words/],
    ['nothing relevant said', '{"query": "dog"}', /:2: "relevant": expected a list/],
    [
      'another word for what is relevant',
      '{"query": "dog", "relevant": "all"}',
      /:2: "relevant": expected a list/,
    ],
    ['a grade below 0', '{"query": "dog", "relevant": {"a.jpg": -1}}', /:2: "relevant\.a\.jpg": /],
  ];
  for (const [name, line, message] of wrong) {
    it(`with ${name} are refused, and the line is named`, async (context) => {
      const file = path.join(await temporaryFolder(context), 'q.jsonl');
      await writeFile(file, `{"query": "a dog", "relevant": ["a.jpg"]}\n${line}\n`);
      await assert.rejects(readQueries(file), (error) => {
        assert.ok(isAppError(error, 'INVALID_ARGUMENT'));
        assert.match(error.message, message);
        assert.match(error.message, /; write one JSON object a line/);
        return true;
      });
    });
  }

  it('in an empty file are none, which is said', async (context) => {
    const file = path.join(await temporaryFolder(context), 'q.jsonl');
    await writeFile(file, '\n');
    await assert.rejects(readQueries(file), /found no queries/);
  });
});

describe('best lists', () => {
  it('hold what a sort would give, equal scores in the order they came', () => {
    const random = randomNumbers(4);
    for (const k of [1, 3, 50]) {
      const lists = new BestLists(5, k);
      const scores = Array.from({ length: 5 }, () =>
        Array.from({ length: 40 }, () => Math.fround(Math.floor(random() * 12) / 12)),
      );
      for (let id = 0; id < 40; id += 1) {
        for (const [query, row] of scores.entries()) lists.offer(query, id, row[id] ?? 0);
      }
      for (const [query, row] of scores.entries()) {
        const sorted = row.map((score, id) => ({ id, score })).toSorted((a, b) => b.score - a.score);
        assert.deepEqual(lists.of(query), sorted.slice(0, k));
        assert.deepEqual(lists.of(query, 2), sorted.slice(0, Math.min(2, k)));
      }
    }
  });
});

describe('probabilities', () => {
  it('are judged as computed by hand', () => {
    const pairs = [
      { pMatch: 0.9, matches: true },
      { pMatch: 0.9, matches: false },
      { pMatch: 0.1, matches: false },
      { pMatch: 0.1, matches: false },
    ];
    const figures = reliabilityFigures(pairs);
    // Bins of 0.9 (observed 0.5) and of 0.1 (observed 0): 1/2 * 0.4 + 1/2 * 0.1
    assert.ok(Math.abs(figures.expectedCalibrationError - 0.25) < 1e-12);
    // (0.01 + 0.81 + 0.01 + 0.01) / 4
    assert.ok(Math.abs((figures.brier ?? 1) - 0.21) < 1e-12);
    assert.deepEqual([figures.pairs, figures.matches], [4, 1]);
    assert.deepEqual(cutoffFigures([pairs.slice(0, 2), pairs.slice(2)], 0.9), {
      cutoff: 0.9,
      trueHits: 1,
      falseHits: 3,
      trueHitsKept: 1,
      falseHitsKept: 1,
      queries: 2,
      emptyQueries: 1,
    });
  });
});

describe('kept vectors', () => {
  const dimension = 8;
  const vectors = unitRows(3, dimension, randomNumbers(2));
  const row = (index: number) => vectors.slice(index * dimension, (index + 1) * dimension);

  it('come back for the same content and label only', async (context) => {
    const cacheFolder = await temporaryFolder(context);
    const options = { cacheFolder, label: 'a model', dimension };
    const kept = await KeptVectors.open(options);
    await kept.put('text', 'a dog', row(0));
    await kept.put('photo', Buffer.from('bytes'), row(1));
    await kept.flush();
    const again = await KeptVectors.open(options);
    assert.equal(again.size, 2);
    assert.deepEqual(again.get('text', 'a dog'), row(0));
    assert.deepEqual(again.get('photo', Buffer.from('bytes')), row(1));
    assert.equal(again.get('photo', 'a dog'), undefined);
    assert.equal(again.get('truncated text', 'a dog'), undefined);
    assert.equal((await KeptVectors.open({ ...options, label: 'another' })).size, 0);
  });

  it('are forgotten where a file is damaged, and the oldest where there is no room', async (context) => {
    const cacheFolder = await temporaryFolder(context);
    const options = { cacheFolder, label: 'a model', dimension };
    for (const index of [0, 1]) {
      const kept = await KeptVectors.open(options);
      await kept.put('text', `text ${index}`, row(index));
      await kept.flush();
    }
    const root = path.join(cacheFolder, 'evaluation');
    const [folder = ''] = await readdir(root);
    const files = (await readdir(path.join(root, folder))).map((file) => path.join(root, folder, file));
    assert.equal(files.length, 2);
    const [damaged = ''] = files;
    const bytes = await readFile(damaged);
    bytes.writeFloatLE(7, bytes.length - 4);
    await writeFile(damaged, bytes);
    assert.equal((await KeptVectors.open(options)).size, 1);
    assert.equal((await readdir(path.join(root, folder))).length, 1);

    const [, old = ''] = files;
    await utimes(old, 1, 1);
    const kept = await KeptVectors.open(options);
    await kept.put('text', 'new', row(2));
    await kept.flush();
    const small = await KeptVectors.open({ ...options, bytesMax: bytes.length });
    assert.deepEqual(small.get('text', 'new'), row(2));
    assert.equal(small.size, 1);
  });
});
