/**
 * Evaluation on captioned photos: the official figures, and slow obvious versions as oracles.
 * Source: shared/fixtures/README.md, "retrieval_metrics". Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { isAppError, recallCuts, type Calibration, type RecallFigures } from '../../../model/index.ts';
import { MatchCalibration } from '../../../query/index.ts';
import {
  evaluatePhotos,
  evaluationTables,
  markdownTable,
  terminalTable,
  type EvaluationOptions,
  type EvaluationReport,
} from '../../../scripts/evaluate/index.ts';
import { fixturesFolder } from '../../support/paths.ts';
import { randomNumbers, temporaryFolder } from '../../support/photo-folder.ts';
import {
  numberedDataset,
  numberedEmbedder,
  unitRows,
  writeNumberedPhotos,
  type NumberedSet,
} from './numbered-photos.ts';

const PHOTOS = 20;

let folder: string;
const endings: (() => Promise<void> | void)[] = [];
before(async () => {
  folder = await temporaryFolder({ after: (end) => endings.push(end) });
  await writeNumberedPhotos(folder, PHOTOS);
});
after(async () => {
  for (const end of endings) await end();
});

function evaluate(set: NumberedSet, more: Partial<EvaluationOptions> = {}): Promise<EvaluationReport> {
  return evaluatePhotos({
    dataset: numberedDataset(set),
    imagesFolder: folder,
    embedder: numberedEmbedder(set),
    approximate: false,
    latency: false,
    ...more,
  });
}

function randomSet(seed: number, photos = PHOTOS, captionsEach = 3): NumberedSet {
  const random = randomNumbers(seed);
  const owners = Array.from({ length: photos * captionsEach }, (_, caption) =>
    Math.floor(caption / captionsEach),
  );
  const images = unitRows(photos, 6, random);
  const noise = unitRows(owners.length, 6, random);
  // Captions lie near their photo, not too near.
  const texts = new Float32Array(noise.length);
  for (const [caption, owner] of owners.entries()) {
    const values = Array.from(
      { length: 6 },
      (_, feature) => (images[owner * 6 + feature] ?? 0) + 1.2 * (noise[caption * 6 + feature] ?? 0),
    );
    const length = Math.hypot(...values);
    for (const [feature, value] of values.entries()) texts[caption * 6 + feature] = value / length;
  }
  return { images, texts, owners };
}

const manifestSchema = z.looseObject({
  cases: z.array(
    z.looseObject({
      name: z.string(),
      image_ids: z.array(z.int()),
      caption_image_ids: z.array(z.int()),
      result: z.record(z.string(), z.number()),
    }),
  ),
});

describe('the official metric', () => {
  for (const name of ['ordered_5_per_image', 'shuffled', 'one_caption_per_image']) {
    it(`gives the figures of the official evaluation for ${name}, files and all`, async () => {
      const metrics = path.join(fixturesFolder, 'retrieval_metrics');
      const manifest = manifestSchema.parse(
        JSON.parse(await readFile(path.join(metrics, 'manifest.json'), 'utf8')),
      );
      const one = manifest.cases.find((candidate) => candidate.name === name);
      assert.ok(one !== undefined);
      const floats = async (file: string) => {
        const bytes = await readFile(path.join(metrics, `${name}__${file}.bin`));
        return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
      };
      const set = {
        images: await floats('image_feats'),
        texts: await floats('text_feats'),
        owners: one.caption_image_ids.map((id) => one.image_ids.indexOf(id)),
      };
      const report = await evaluate(set);
      for (const cut of recallCuts) {
        assert.ok(Math.abs(report.imageToText[cut] - (one.result[`tr_r${cut}`] ?? Number.NaN)) < 1e-4);
        assert.ok(Math.abs(report.textToImage[cut] - (one.result[`ir_r${cut}`] ?? Number.NaN)) < 1e-4);
      }
      assert.ok(Math.abs(report.average - (one.result['average_score'] ?? Number.NaN)) < 1e-4);
      assert.ok(Math.abs(report.rsum - 6 * report.average) < 1e-9);
    });
  }

  it('counts median and mean rank as a naive sort does', async () => {
    const set = randomSet(5);
    const report = await evaluate(set);
    const ranks = naiveRanks(set, { k: 0, value: () => 0 });
    assert.deepEqual(pick(report), naiveFigures(ranks));
  });
});

/** Knows nothing, and says it the same way every time. */
function fusion(photo: number, caption: number): number {
  return Math.sin(photo * 12.9 + caption * 78.2) * 3;
}

describe('rerank', () => {
  for (const k of [1, 4, 100]) {
    it(`reorders the first ${k} both ways as a naive version does, and scores no pair twice`, async () => {
      const set = randomSet(k);
      const embedder = numberedEmbedder(set, fusion);
      const report = await evaluate(set, { embedder, rerank: [k] });
      assert.deepEqual(
        pick(report.rerank?.windows[0]?.figures),
        naiveFigures(naiveRanks(set, { k, value: (photo, caption) => fusion(photo, caption) })),
      );
      assert.equal(report.rerank?.order, 'fusion alone');
      assert.equal(embedder.scored, report.rerank?.pairs);
      assert.ok(embedder.scored <= PHOTOS * set.owners.length);
      if (k === 100) assert.equal(embedder.scored, PHOTOS * set.owners.length);
    });
  }

  it('finds everything where the fusion encoder knows the truth, and orders by the mix of the model', async () => {
    const set = randomSet(8);
    const truth = (photo: number, caption: number) => (set.owners[caption] === photo ? 4 : -4);
    const perfect = await evaluate(set, { embedder: numberedEmbedder(set, truth), rerank: [60, 2] });
    assert.deepEqual(
      perfect.rerank?.windows.map(({ k }) => k),
      [2, 60],
    );
    assert.equal(perfect.rerank?.windows[1]?.figures.rsum, 600);
    const calibration = calibrated({ fusion: 0.5, cosine: 7 });
    const mixed = await evaluate(set, { embedder: numberedEmbedder(set, fusion), rerank: [6], calibration });
    assert.equal(mixed.rerank?.order, 'calibrated mix');
    assert.deepEqual(
      pick(mixed.rerank?.windows[0]?.figures),
      naiveFigures(
        naiveRanks(set, {
          k: 6,
          value: (photo, caption, cosine) => 0.5 * fusion(photo, caption) + 7 * cosine,
        }),
      ),
    );
  });

  it('judges the probabilities of the shown photos, and counts what the cut-off keeps', async () => {
    const set = randomSet(9);
    const truth = (photo: number, caption: number) => (set.owners[caption] === photo ? 4 : -4);
    const calibration = calibrated({ fusion: 1, cosine: 0 });
    const options = { embedder: numberedEmbedder(set, truth), rerank: [PHOTOS], calibration };
    const { match } = await evaluate(set, options);
    assert.ok(match !== null);
    const captions = set.owners.length;
    assert.deepEqual(match.cutoff, {
      cutoff: 0.5,
      trueHits: captions,
      falseHits: captions * (PHOTOS - 1),
      trueHitsKept: captions,
      falseHitsKept: 0,
      queries: captions,
      emptyQueries: 0,
    });
    // All pairs stand at p = 1 / (1 + e^±4): the distance to the truth is that to 0 or 1.
    const distance = 1 / (1 + Math.exp(4));
    assert.ok(Math.abs(match.reliability.expectedCalibrationError - distance) < 1e-6);
    assert.equal(match.reliability.pairs, captions * PHOTOS);
    assert.equal(match.reliability.matches, captions);
  });

  it('refuses a model without a fusion encoder, and more pairs than memory should hold', async () => {
    const set = randomSet(3);
    await assert.rejects(evaluate(set, { rerank: [4] }), (error) => isAppError(error, 'UNSUPPORTED'));
    const embedder = numberedEmbedder(set, fusion);
    await assert.rejects(evaluate(set, { embedder, rerank: [0] }), (error) =>
      isAppError(error, 'INVALID_ARGUMENT'),
    );
    const [photo] = numberedDataset(set).photos;
    assert.ok(photo !== undefined);
    const many = { photo: photo.photo, captions: Array.from({ length: 5000 }, () => 'caption 1') };
    await assert.rejects(
      evaluate(set, { embedder, rerank: [1000], dataset: { photos: [many], uncaptioned: [] } }),
      (error) => isAppError(error, 'LIMIT_EXCEEDED'),
    );
  });
});

describe('folds', () => {
  it('are the mean of sets that are evaluated alone, and leave out what is behind the last', async () => {
    const set = randomSet(11);
    const dataset = numberedDataset(set);
    const options = { embedder: numberedEmbedder(set, fusion), rerank: [3], dataset };
    const whole = await evaluate(set, { ...options, foldPhotos: 6 });
    const alone: EvaluationReport[] = [];
    for (const start of [0, 6, 12]) {
      const photos = dataset.photos.slice(start, start + 6);
      alone.push(await evaluate(set, { ...options, dataset: { photos, uncaptioned: [] } }));
    }
    assert.ok(whole.folds !== null);
    assert.deepEqual([whole.folds.count, whole.folds.leftOut], [3, 2]);
    const meanOf = (of: (report: EvaluationReport) => number) =>
      alone.reduce((sum, report) => sum + of(report), 0) / alone.length;
    assert.ok(Math.abs(whole.folds.figures.rsum - meanOf(({ rsum }) => rsum)) < 1e-9);
    assert.equal(
      whole.folds.figures.medianRank.textToImage,
      meanOf(({ medianRank }) => medianRank.textToImage),
    );
    assert.ok(
      Math.abs(
        (whole.folds.windows[0]?.figures.rsum ?? 0) -
          meanOf(({ rerank }) => rerank?.windows[0]?.figures.rsum ?? Number.NaN),
      ) < 1e-9,
    );
  });
});

describe('the approximate index and latency', () => {
  it('finds what comparing all finds, and times every stage', async () => {
    const set = randomSet(12);
    const embedder = numberedEmbedder(set, (photo, caption) => photo - caption);
    const report = await evaluate(set, { embedder, rerank: [5], approximate: true, latency: true });
    assert.deepEqual(report.approximate?.textToImage, { recallAt10: 100, recall: report.textToImage });
    assert.deepEqual(report.approximate?.imageToText, { recallAt10: 100, recall: report.imageToText });
    const { latency } = report;
    assert.ok(latency !== null);
    for (const stage of [
      'decode',
      'encodePhoto',
      'encodeText',
      'searchExact',
      'searchIndex',
      'rerank',
    ] as const) {
      const times = latency[stage];
      assert.ok(times !== null && times.count > 0 && times.p50 <= times.p99, stage);
    }
  });
});

describe('photos that cannot be used', () => {
  it('are left out, the figures are those of the others', async () => {
    const set = randomSet(13);
    const dataset = numberedDataset(set);
    const gone = { photo: 'gone.png', captions: ['caption 0'] };
    const report = await evaluate(set, {
      dataset: { photos: [...dataset.photos, gone], uncaptioned: ['silent.png'] },
    });
    assert.deepEqual(report.missing, ['silent.png', 'gone.png']);
    assert.deepEqual(pick(report), pick(await evaluate(set)));
  });

  it('says so when there is none at all, and stops when told to', async () => {
    const set = randomSet(14);
    await assert.rejects(evaluate(set, { imagesFolder: path.join(folder, 'none') }), (error) => {
      assert.ok(isAppError(error, 'FILE_NOT_FOUND'));
      assert.match(error.message, /none of 20 photos/);
      return true;
    });
    await assert.rejects(evaluate(set, { signal: AbortSignal.abort() }), (error) =>
      isAppError(error, 'ABORTED'),
    );
  });
});

describe('the tables', () => {
  it('show the recall of every window, in a terminal and in Markdown', async () => {
    const set = randomSet(15);
    const embedder = numberedEmbedder(set, (photo, caption) => photo * caption);
    const report = await evaluate(set, { embedder, rerank: [2, 8], foldPhotos: 10 });
    const tables = evaluationTables(report);
    const terminal = tables.map((table) => terminalTable(table)).join('\n');
    const markdown = tables.map((table) => markdownTable(table)).join('\n');
    for (const text of [terminal, markdown]) {
      assert.match(text, /text → image, rerank 8/);
      assert.match(text, /mean of 2 folds of 10 photos/);
      assert.ok(text.includes(report.textToImage[1].toFixed(1)));
    }
    assert.match(markdown, /^\| --- \| ---: \|/m);
    assert.equal(markdownTable({ title: 't', head: ['a|b'], rows: [] }).includes(String.raw`a\|b`), true);
  });
});

interface Reranking {
  readonly k: number;
  readonly value: (photo: number, caption: number, cosine: number) => number;
}

interface Ranks {
  readonly textToImage: number[];
  readonly imageToText: number[];
}

/** Everything is sorted, for every query, twice. */
function naiveRanks({ images, texts, owners }: NumberedSet, { k, value }: Reranking): Ranks {
  const photos = images.length / (texts.length / owners.length);
  const width = images.length / photos;
  const cosine = (photo: number, caption: number) => {
    let sum = 0;
    for (let feature = 0; feature < width; feature += 1) {
      sum += (images[photo * width + feature] ?? 0) * (texts[caption * width + feature] ?? 0);
    }
    return Math.fround(sum);
  };
  const order = (ids: number[], score: (id: number) => number, again: (id: number) => number) => {
    const sorted = ids.toSorted((a, b) => score(b) - score(a));
    return [...sorted.slice(0, k).toSorted((a, b) => again(b) - again(a)), ...sorted.slice(k)];
  };
  return {
    textToImage: owners.map((owner, caption) =>
      order(
        [...Array(photos).keys()],
        (photo) => cosine(photo, caption),
        (photo) => value(photo, caption, cosine(photo, caption)),
      ).indexOf(owner),
    ),
    imageToText: [...Array(photos).keys()].map((photo) =>
      order(
        [...owners.keys()],
        (caption) => cosine(photo, caption),
        (caption) => value(photo, caption, cosine(photo, caption)),
      ).findIndex((caption) => owners[caption] === photo),
    ),
  };
}

type Picked = Pick<RecallFigures, 'imageToText' | 'textToImage' | 'medianRank'> & { meanRank: number[] };

function naiveFigures({ textToImage, imageToText }: Ranks): Picked {
  return {
    imageToText: shares(imageToText),
    textToImage: shares(textToImage),
    medianRank: { imageToText: median(imageToText), textToImage: median(textToImage) },
    meanRank: [mean(imageToText), mean(textToImage)],
  };
}

function shares(ranks: readonly number[]): RecallFigures['textToImage'] {
  const share = (cut: number) => (100 * ranks.filter((rank) => rank < cut).length) / ranks.length;
  return { 1: share(1), 5: share(5), 10: share(10) };
}

/** numpy: floor(median(ranks)) + 1 */
function median(ranks: readonly number[]): number {
  const sorted = ranks.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return Math.floor(((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2) + 1;
}

function mean(ranks: readonly number[]): number {
  return Number((ranks.reduce((sum, rank) => sum + rank + 1, 0) / ranks.length).toFixed(9));
}

function pick(figures: RecallFigures | undefined): Picked {
  assert.ok(figures !== undefined);
  const { imageToText, textToImage, medianRank, meanRank } = figures;
  return {
    imageToText,
    textToImage,
    medianRank,
    meanRank: [Number(meanRank.imageToText.toFixed(9)), Number(meanRank.textToImage.toFixed(9))],
  };
}

/** Without background, p = 1 / (1 + e^-mixed). */
function calibrated(mix: { fusion: number; cosine: number }): MatchCalibration {
  const none = '0'.repeat(64);
  const calibration: Calibration = {
    format: 1,
    scorer: 'itm',
    weights: { fusion: none, vectors: none },
    mix,
    background: { mean: [0], weight: 0 },
    spelling: { weight: 0 },
    curve: { kind: 'platt', slope: 1, intercept: 0 },
    bands: { certain: 0.9, likely: 0.6, maybe: 0.3 },
    cutoff: 0.5,
    fitted: { on: 'nothing', photos: 1, queries: 1, pairs: 1, positives: 1, expectedCalibrationError: 0 },
  };
  return new MatchCalibration(calibration, { piecesPerWord: () => 1 });
}
