/**
 * The fit: a regression against the slope of its own likelihood, and a calibration of made-up scores whose truth is known.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentWords, stemsOf } from '../../../scripts/calibrate/caption-words.ts';
import { fitCalibration } from '../../../scripts/calibrate/fit-calibration.ts';
import type { ScoredQuery } from '../../../scripts/calibrate/gather-pairs.ts';
import { judgedQueries } from '../../../scripts/calibrate/judged-queries.ts';
import { fitLogistic } from '../../../scripts/calibrate/logistic-fit.ts';
import { randomNumbers } from '../../support/photo-folder.ts';

/** Scores of a model whose chances are known: evidence = 0.1 * fusion + cosine - 0.2 * (pieces - 1). */
function scoredQueries(count: number, options: { readonly knows: boolean }): ScoredQuery[] {
  const random = randomNumbers(11);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, (_, index): ScoredQuery => {
    const isStrange = index % 3 === 0;
    const piecesPerWord = isStrange ? 2 + random() : 1;
    const pairs = Array.from({ length: 32 }, (__, photo) => {
      const [fusion, cosine] = [3 * normal(), 0.3 + 0.1 * normal()];
      const evidence = (options.knows ? 0.1 * fusion : 0) + cosine - 0.2 * (piecesPerWord - 1);
      const chance = isStrange ? 0 : 1 / (1 + Math.exp(-(8 * evidence - 4)));
      return { photo, fusion, cosine, matches: random() < chance };
    });
    const photos = new Set(pairs.flatMap(({ photo, matches }) => (matches ? [photo] : [])));
    return {
      query: { kind: 'phrase', text: String(index), photos },
      background: 0.1 * normal(),
      piecesPerWord,
      pairs,
    };
  });
}

describe('a fitted calibration', () => {
  it('finds the weights that the scores were made with', () => {
    const { parts, figures } = fitCalibration(scoredQueries(600, { knows: true }));
    assert.ok(parts.mix.fusion >= 0.05 && parts.mix.fusion <= 0.2, String(parts.mix.fusion));
    assert.ok(parts.spelling.weight > 0.1, String(parts.spelling.weight));
    assert.ok(figures.expectedCalibrationError < 0.02, String(figures.expectedCalibrationError));
    assert.ok(figures.reciprocalRank.mix > figures.reciprocalRank.cosine);
    assert.ok(figures.answered > 0.9 && figures.refused > 0.9, JSON.stringify(figures));
    assert.ok(figures.auc > 0.75, String(figures.auc));
    assert.ok(parts.bands.certain > parts.bands.likely && parts.bands.likely > parts.bands.maybe);
    assert.equal(parts.bands.maybe, parts.cutoff);
  });

  it('leaves a fusion encoder out of the order that knows nothing', () => {
    const { parts } = fitCalibration(scoredQueries(600, { knows: false }));
    // The best of fifteen mixes may be better by more than one standard error by chance, but only a mix of next to nothing.
    assert.ok(parts.mix.fusion <= 0.02, String(parts.mix.fusion));
  });

  it('is refused where there is nothing to learn from', () => {
    const none = scoredQueries(20, { knows: true }).map(
      ({ query, background, piecesPerWord, pairs }): ScoredQuery => ({
        query,
        background,
        piecesPerWord,
        pairs: pairs.map(({ photo, fusion, cosine }) => ({ photo, fusion, cosine, matches: false })),
      }),
    );
    assert.throws(
      () => fitCalibration(none),
      /found 0 pairs that match and 640 that do not, expected at least 30/,
    );
  });
});

describe('logistic regression', () => {
  it('ends where the likelihood is flat', () => {
    const random = randomNumbers(2);
    const samples = Array.from({ length: 400 }, () => {
      const features = [random() - 0.5, random() * 3];
      const isPositive = random() < 1 / (1 + Math.exp(-(2 * (features[0] ?? 0) - (features[1] ?? 0) + 0.7)));
      return { features, isPositive };
    });
    const { weights, intercept } = fitLogistic(samples);
    const values = [...weights, intercept];
    const loss = (at: readonly number[]): number => {
      const ridge = (1e-3 / 2) * at.slice(0, -1).reduce((sum, value) => sum + value * value, 0);
      return samples.reduce((sum, { features, isPositive }) => {
        const logit = [...features, 1].reduce((total, value, place) => total + value * (at[place] ?? 0), 0);
        return sum + Math.log(1 + Math.exp(isPositive ? -logit : logit));
      }, ridge);
    };
    const best = loss(values);
    for (const place of values.keys()) {
      for (const step of [-1e-3, 1e-3]) {
        assert.ok(loss(values.map((value, index) => (index === place ? value + step : value))) > best);
      }
    }
  });

  it('stays finite where two kinds can be told apart without error', () => {
    const samples = [-2, -1, 1, 2].map((x) => ({ features: [x], isPositive: x > 0 }));
    const { weights } = fitLogistic(samples);
    assert.ok(Number.isFinite(weights[0]) && (weights[0] ?? 0) > 1);
  });

  it('wants both kinds', () => {
    assert.throws(
      () => fitLogistic([{ features: [1], isPositive: true }]),
      /needs pairs that match and pairs that do not/,
    );
  });
});

describe('judged queries', () => {
  const photos = [
    { photo: 'a.jpg', captions: ['Two dogs are running in the snow .', 'A brown dog runs .'] },
    { photo: 'b.jpg', captions: ['A girl rides a horse on the beach .'] },
    { photo: 'c.jpg', captions: ['Dog on a beach .'] },
  ];

  it('are shown by the photos whose captions have all their words', () => {
    const queries = judgedQueries(photos, 100, randomNumbers(1));
    const everyday = new Map(
      queries.filter(({ kind }) => kind === 'everyday').map((query) => [query.text, query]),
    );
    assert.deepEqual([...(everyday.get('dog')?.photos ?? [])], [0, 2]);
    assert.deepEqual([...(everyday.get('dog running')?.photos ?? [])], [0]);
    assert.deepEqual([...(everyday.get('beach')?.photos ?? [])], [1, 2]);
    assert.deepEqual([...(everyday.get('tax return')?.photos ?? [9])], []);
  });

  it('of phrases stand in a caption of a photo that shows them', () => {
    const phrases = judgedQueries(photos, 100, randomNumbers(1)).filter(({ kind }) => kind === 'phrase');
    assert.ok(phrases.length > 0);
    for (const { text, photos: showing } of phrases) {
      assert.ok(showing.size > 0, text);
      assert.ok(
        photos.some(({ captions }) => captions.some((caption) => caption.toLowerCase().includes(text))),
        text,
      );
    }
  });

  it('are the same for the same seed', () => {
    assert.deepEqual(judgedQueries(photos, 3, randomNumbers(9)), judgedQueries(photos, 3, randomNumbers(9)));
  });

  it('know endings, but not much grammar', () => {
    assert.deepEqual(stemsOf(['dogs running']), stemsOf(['dog runs']));
    assert.deepEqual(
      contentWords('A dog and the cat').map(({ stem }) => stem),
      ['dog', 'cat'],
    );
  });
});
