/**
 * Probabilities, bands and calibration errors against slow counts.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCalibration, type Calibration } from '../../../model/index.ts';
import {
  expectedCalibrationError,
  MatchCalibration,
  probabilityOf,
  relativeCutoff,
  reliability,
  type JudgedPair,
} from '../../../query/index.ts';
import { randomNumbers } from '../../support/photo-folder.ts';

const calibration: Calibration = {
  format: 1,
  scorer: 'itm',
  weights: { fusion: 'a'.repeat(64), vectors: 'b'.repeat(64) },
  mix: { fusion: 0.5, cosine: 2 },
  background: { mean: [0.6, 0.8], weight: 3 },
  spelling: { weight: 0.25 },
  curve: { kind: 'platt', slope: 2, intercept: -1 },
  bands: { certain: 0.9, likely: 0.6, maybe: 0.2 },
  cutoff: 0.2,
  fitted: { on: 'a test', photos: 9, queries: 9, pairs: 9, positives: 3, expectedCalibrationError: 0.01 },
};

describe('a calibration', () => {
  it('weighs fusion, cosine, background and spelling as it says', () => {
    const match = new MatchCalibration(calibration, { piecesPerWord: (text) => text.length }).forQuery({
      vector: Float32Array.of(1, 0),
      text: 'abc',
    });
    const evidence = 0.5 * 4 + 2 * 0.3 - 3 * 0.6 - 0.25 * (3 - 1);
    // float32 of 0.6 and the vector: seven digits.
    assert.ok(Math.abs(match.pMatch(4, 0.3) - 1 / (1 + Math.exp(-(2 * evidence - 1)))) < 1e-6);
    assert.equal(match.mixed(4, 0.3), 0.5 * 4 + 2 * 0.3);
  });

  it('says the same of a query whatever else was asked, and rises with either score', () => {
    const one = new MatchCalibration(calibration, { piecesPerWord: () => 1 });
    const match = one.forQuery({ vector: Float32Array.of(0, 1), text: 'a' });
    assert.ok(match.pMatch(1, 0.2) < match.pMatch(1.1, 0.2));
    assert.ok(match.pMatch(1, 0.2) < match.pMatch(1, 0.3));
  });

  it('gives each probability the band it lies in, its border included', () => {
    const of = new MatchCalibration(calibration, { piecesPerWord: () => 1 });
    assert.deepEqual(
      [1, 0.9, 0.899, 0.6, 0.599, 0.2, 0.199, 0].map((p) => of.band(p)),
      ['certain', 'certain', 'likely', 'likely', 'maybe', 'maybe', 'unlikely', 'unlikely'],
    );
  });

  it('is refused where it is damaged, with the field and the way to make it anew', () => {
    assert.deepEqual(parseCalibration(JSON.stringify(calibration), 'c.json'), calibration);
    const broken: readonly [unknown, RegExp][] = [
      [{ ...calibration, format: 2 }, /"format"/],
      [{ ...calibration, mix: { fusion: -1, cosine: 1 } }, /"mix\.fusion"/],
      [
        { ...calibration, bands: { certain: 0.2, likely: 0.6, maybe: 0.9 } },
        /certain above likely above maybe/,
      ],
      [
        {
          ...calibration,
          curve: {
            kind: 'isotonic',
            knots: [
              { x: 1, p: 0.5 },
              { x: 2, p: 0.4 },
            ],
          },
        },
        /does not fall/,
      ],
      [{ ...calibration, cutoff: 2 }, /"cutoff"/],
      [{ ...calibration, extra: 1 }, /extra/],
    ];
    for (const [value, message] of broken) {
      assert.throws(
        () => parseCalibration(JSON.stringify(value), 'c.json'),
        (error: Error) => {
          assert.match(error.message, message);
          assert.match(error.message, /^c\.json: .*; fit it again with "imglish model calibrate"$/);
          return true;
        },
      );
    }
    assert.throws(() => parseCalibration('{', 'c.json'), /no JSON/);
  });
});

describe('a curve', () => {
  it('never falls, whatever its kind', () => {
    const curves: readonly Calibration['curve'][] = [
      { kind: 'platt', slope: 3, intercept: 1 },
      {
        kind: 'isotonic',
        knots: [
          { x: -1, p: 0.1 },
          { x: 0, p: 0.1 },
          { x: 2, p: 0.7 },
        ],
      },
    ];
    for (const curve of curves) {
      const values = Array.from({ length: 401 }, (_, index) => probabilityOf(curve, (index - 200) / 50));
      assert.ok(values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0)));
      assert.ok(values.every((value) => value >= 0 && value <= 1));
    }
  });

  it('of knots lies on the line between them, and stays beyond the ends', () => {
    const curve: Calibration['curve'] = {
      kind: 'isotonic',
      knots: [
        { x: 0, p: 0.2 },
        { x: 10, p: 0.7 },
      ],
    };
    assert.deepEqual(
      [-5, 0, 4, 10, 99].map((x) => Math.round(probabilityOf(curve, x) * 1000) / 1000),
      [0.2, 0.2, 0.4, 0.7, 0.7],
    );
  });
});

describe('the expected calibration error', () => {
  it('is what counting each bin by hand gives', () => {
    const random = randomNumbers(3);
    const pairs = Array.from({ length: 500 }, (): JudgedPair => {
      const pMatch = random();
      return { pMatch, matches: random() < pMatch * pMatch };
    });
    let error = 0;
    for (let bin = 0; bin < 10; bin += 1) {
      const inside = pairs.filter(
        ({ pMatch }) => pMatch >= bin / 10 && (pMatch < (bin + 1) / 10 || bin === 9),
      );
      const promised = inside.reduce((sum, { pMatch }) => sum + pMatch, 0);
      const found = inside.filter(({ matches }) => matches).length;
      error += Math.abs(promised - found) / pairs.length;
    }
    // Another order of sums.
    assert.ok(Math.abs(expectedCalibrationError(pairs, 10) - error) < 1e-12);
    assert.equal(
      reliability(pairs, 10).reduce((sum, { count }) => sum + count, 0),
      500,
    );
  });

  it('is small for probabilities that are true, large for ones that boast, and nothing of no pairs', () => {
    const random = randomNumbers(4);
    const honest = Array.from({ length: 20_000 }, (): JudgedPair => {
      const pMatch = random();
      return { pMatch, matches: random() < pMatch };
    });
    // A bin of 1,300 pairs is off by 0.014 (one standard error) at most.
    assert.ok(expectedCalibrationError(honest) < 0.02);
    const boasting = honest.map(({ pMatch, matches }) => ({ pMatch: (1 + pMatch) / 2, matches }));
    assert.ok(expectedCalibrationError(boasting) > 0.2);
    assert.equal(expectedCalibrationError([]), 0);
  });
});

describe('the cut-off without probabilities', () => {
  it('lies at a share of the best, and counts what is above', () => {
    assert.deepEqual(relativeCutoff([0.4, 0.31, 0.29]), { value: 0.4 * 0.75, hitsAbove: 2 });
    assert.deepEqual(relativeCutoff([-0.1, -0.2]), { value: -0.1, hitsAbove: 1 });
    assert.deepEqual(relativeCutoff([]), { value: 0, hitsAbove: 0 });
  });
});
