/**
 * Beam search against the definition of what it looks for: every sentence there is, one after the other.
 * Source: unilm beit3 (captioning evaluation); the fixture of the reference's own ids is in zoo/verify.test.ts.
 * Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beamSearch, type NextWords } from '../../../model/index.ts';
import { randomNumbers } from '../../support/tiny-network.ts';

const [BOS, EOS, MASK] = [0, 2, 6];
const VOCABULARY = 7;

/** Logits that depend on the whole beginning, the same whenever it is asked for again. */
function languageOf(seed: number): (row: readonly number[]) => Float32Array {
  return (row) => {
    const random = randomNumbers(row.reduce((hash, id) => Math.imul(hash, 31) + id + 1, seed));
    return Float32Array.from({ length: VOCABULARY }, () => 4 * random());
  };
}

function logProbabilities(logits: Float32Array): number[] {
  const total = [...logits].reduce((sum, value) => sum + Math.exp(value), 0);
  return [...logits].map((value) => value - Math.log(total));
}

/** Score and words of every sentence up to the limit, best first. */
function allSentences(
  language: (row: readonly number[]) => Float32Array,
  lengthMax: number,
  penalty: number,
) {
  const found: { ids: number[]; score: number }[] = [];
  const follow = (ids: readonly number[], sum: number): void => {
    const length = ids.length + 1;
    for (const [word, logProbability] of logProbabilities(language([...ids, MASK])).entries()) {
      if (word === EOS || length + 1 === lengthMax) {
        found.push({ ids: [...ids, MASK], score: (sum + logProbability) / length ** penalty });
      } else {
        follow([...ids, word], sum + logProbability);
      }
    }
  };
  follow([BOS], 0);
  return found.toSorted((a, b) => b.score - a.score);
}

test('with room for every beginning it finds the best sentence of all', async () => {
  for (const [seed, lengthMax, lengthPenalty] of [
    [1, 5, 0.6],
    [2, 5, 0],
    [3, 4, 1],
    [4, 5, 2],
    [5, 3, 0.6],
    [6, 5, 0.6],
  ] as const) {
    const language = languageOf(seed);
    const [best] = allSentences(language, lengthMax, lengthPenalty);
    const found = await beamSearch(async (rows) => rows.map(language), {
      beams: VOCABULARY ** 2,
      lengthMax,
      lengthPenalty,
      maskId: MASK,
    });
    assert.deepEqual(found.ids, best?.ids, `language ${seed}`);
    assert.ok(Math.abs(found.score - (best?.score ?? 0)) < 1e-6);
  }
});

test('one beam takes the likeliest word each time', async () => {
  const language = languageOf(11);
  const asked: (readonly number[])[] = [];
  await beamSearch(
    async (rows) => {
      asked.push(...rows);
      return rows.map(language);
    },
    { beams: 1, lengthMax: 8, lengthPenalty: 0.6, maskId: MASK },
  );
  for (const [step, row] of asked.entries()) {
    const before = asked[step - 1];
    if (before === undefined) continue;
    const words = [...language(before).entries()].filter(([word]) => word !== EOS);
    const [likeliest] = words.toSorted(([, a], [, b]) => b - a)[0] ?? [];
    assert.deepEqual(row, [...before.slice(0, -1), likeliest, MASK], `step ${step}`);
  }
});

/** Words that are all equally likely, and an end that comes after two of them. */
function logitOf(row: readonly number[], word: number): number {
  if (row.length === 4) return word === EOS ? 50 : 0;
  return word === EOS ? -50 : 0;
}

test('runs only beginnings that can win, and stops when nothing longer can beat what it has', async () => {
  const rowsAt: number[] = [];
  const nextWords: NextWords = async (rows) => {
    rowsAt.push(rows.length);
    return rows.map((row) => Float32Array.from({ length: VOCABULARY }, (_, word) => logitOf(row, word)));
  };
  const { ids, isWhole } = await beamSearch(nextWords, {
    beams: 3,
    lengthMax: 12,
    lengthPenalty: 0,
    maskId: MASK,
  });
  assert.deepEqual(rowsAt.slice(0, 3), [1, 3, 3]);
  assert.equal(rowsAt.length, 4, 'one more look, which shows that the rest is worse');
  assert.equal(ids.length, 4);
  assert.equal(isWhole, true);
});

/** 3, 4, 5 and so on without an end. */
const counting: NextWords = async (rows) =>
  rows.map((row) =>
    Float32Array.from({ length: VOCABULARY }, (_, word) => (word === row.length + 1 ? 9 : 0)),
  );

test('says where the length limit ended a sentence, and drops its last word as the reference does', async () => {
  const { ids, isWhole } = await beamSearch(counting, {
    beams: 2,
    lengthMax: 5,
    lengthPenalty: 0.6,
    maskId: MASK,
  });
  assert.deepEqual(ids, [BOS, 3, 4, MASK]);
  assert.equal(isWhole, false);
});
