/**
 * Fixtures of the retrieval metric: scores and recalls of the official evaluation.
 * Source: shared/fixtures/README.md, "retrieval_metrics". Deviation: none.
 */
import { z } from 'zod';
import type { Fixture } from './fixture.ts';
import { compareNumbers } from './report.ts';
import { recallAtK, recallCuts } from './retrieval-metrics.ts';
import type { Work } from './work.ts';

/** The official code averages in float32: percentages carry an error of 1e-5. A single hit more is 0.1 at least. */
const PERCENT_TOLERANCE = 1e-4;

/** A product of unit vectors in float32, in another order of summation. */
const SCORE_TOLERANCE = 5e-6;

const ids = z.array(z.int());

const schema = z.looseObject({
  cases: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        image_ids: ids,
        caption_image_ids: ids,
        result: z.record(z.string(), z.number()),
      }),
    )
    .nonempty(),
});

export async function verifyMetrics(fixture: Fixture, work: Work): Promise<void> {
  for (const one of fixture.manifestAs(schema).cases) {
    const { name, image_ids: imageIds, caption_image_ids: captionImageIds, result } = one;
    const images = await fixture.readFloat32(`${name}/image_feats`);
    const texts = await fixture.readFloat32(`${name}/text_feats`);
    const scores = `${name}/scores`;
    if (fixture.find(scores) !== undefined) {
      const found = products(images, texts, imageIds.length, captionImageIds.length);
      const tolerance = work.tolerance(SCORE_TOLERANCE);
      work.add(compareNumbers(scores, found, await fixture.read(scores), tolerance));
    }
    const recall = recallAtK({ images, texts, imageIds, captionImageIds });
    const figures = new Map<string, number>([['average_score', recall.average]]);
    for (const cut of recallCuts) {
      figures.set(`tr_r${cut}`, recall.imageToText[cut]);
      figures.set(`ir_r${cut}`, recall.textToImage[cut]);
    }
    for (const [figure, expected] of Object.entries(result)) {
      const found = figures.get(figure) ?? Number.NaN;
      work.add(compareNumbers(`${name}/${figure}`, [found], [expected], work.tolerance(PERCENT_TOLERANCE)));
    }
  }
}

/** [rows, columns] */
function products(a: Float32Array, b: Float32Array, rows: number, columns: number): Float32Array {
  const width = a.length / rows;
  const result = new Float32Array(rows * columns);
  for (let index = 0; index < result.length; index++) {
    const row = Math.floor(index / columns) * width;
    const column = (index % columns) * width;
    let sum = 0;
    for (let feature = 0; feature < width; feature++)
      sum += (a[row + feature] ?? 0) * (b[column + feature] ?? 0);
    result[index] = sum;
  }
  return result;
}
