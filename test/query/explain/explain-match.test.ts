/**
 * The evidence map against its definition, recomputed pixel by pixel; budgets, stopping, bad input.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { isAppError, preprocess, productPreprocess, type Embedder } from '../../../model/index.ts';
import { explainMatch, fillOf, type EvidenceMap, type OcclusionFill } from '../../../query/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { workbench, writePhoto } from '../../support/photo-folder.ts';
import { colourCalibration, dot, FUSION_PER_COSINE, fusingColours } from './fusing-colours.ts';

const SIDE = 32;
const CELLS = 8;

/** Black, with a red square in the lower right quarter. */
function redInTheCorner(): Promise<Buffer> {
  return sharp(square(64, 0))
    .composite([{ input: square(28, 255), left: 34, top: 34 }])
    .png()
    .toBuffer();
}

function square(side: number, r: number) {
  return { create: { width: side, height: side, channels: 3 as const, background: { r, g: 0, b: 0 } } };
}

/** Cells that lie wholly inside the red square, with their neighbours. */
function centreOf(map: EvidenceMap): number[] {
  return [...map.values.keys()].filter((cell) => cell % 8 >= 5 && cell % 8 < 7 && cell >= 40 && cell < 56);
}

/** The map by its definition: each window, each cell, each pixel. */
async function slowMap(embedder: Embedder, pixels: Float32Array, text: string, fill: OcclusionFill) {
  const filled = fillOf(pixels, SIDE, fill);
  const [encoded] = await embedder.encodeTexts([text]);
  const scoreOf = async (image: Float32Array) => {
    const [vector] = await embedder.encodeImages([image]);
    return dot(vector ?? new Float32Array(0), encoded?.vector);
  };
  const whole = await scoreOf(pixels);
  const cell = SIDE / CELLS;
  const falls: number[][] = Array.from({ length: CELLS * CELLS }, () => []);
  for (let top = 0; top < CELLS - 1; top += 1) {
    for (let left = 0; left < CELLS - 1; left += 1) {
      const isInside = (x: number, y: number) =>
        Math.floor(y / cell) >= top &&
        Math.floor(y / cell) <= top + 1 &&
        Math.floor(x / cell) >= left &&
        Math.floor(x / cell) <= left + 1;
      const covered = pixels.map((value, index) => {
        const [x, y] = [index % SIDE, Math.floor(index / SIDE) % SIDE];
        return isInside(x, y) ? (filled[index] ?? 0) : value;
      });
      const fall = whole - (await scoreOf(covered));
      for (const row of [top, top + 1])
        for (const column of [left, left + 1]) falls[row * CELLS + column]?.push(fall);
    }
  }
  return { whole, falls: falls.map((list) => list.reduce((sum, fall) => sum + fall, 0) / list.length) };
}

for (const fill of ['mean', 'blur'] as const) {
  test(`${fill}: gives each cell the mean fall of the score over the windows on it`, async () => {
    const embedder = new ColourEmbedder();
    const pixels = await preprocess(await redInTheCorner(), embedder.preprocess, productPreprocess);
    const map = await explainMatch({ embedder, photo: { pixels }, text: 'red', fill });
    const { whole, falls } = await slowMap(embedder, pixels, 'red', fill);
    const largest = Math.max(...falls.map(Math.abs));
    assert.deepEqual([map.rows, map.columns, map.by], [CELLS, CELLS, 'cosine']);
    assert.ok(Math.abs(map.score - whole) < 1e-6);
    for (const [index, fall] of falls.entries()) {
      // float32 vectors, whose sums of 48 products are taken in another order.
      assert.ok(Math.abs((map.values[index] ?? Number.NaN) - fall / largest) < 1e-3, `cell ${index}`);
    }
    assert.ok(Math.abs(map.range.highest - Math.max(...falls)) < 1e-5);
    assert.ok(Math.abs(map.range.lowest - Math.min(...falls)) < 1e-5);
    assert.deepEqual([map.runs, map.runsPlanned, map.isComplete, map.pMatch], [50, 50, true, null]);
  });
}

test('finds the red square where "red" is asked for, and finds it against "black"', async () => {
  const embedder = new ColourEmbedder();
  const picture = await redInTheCorner();
  const red = await explainMatch({ embedder, photo: { picture }, text: 'red' });
  const top = [...red.values.keys()]
    .toSorted((a, b) => (red.values[b] ?? 0) - (red.values[a] ?? 0))
    .slice(0, 8);
  assert.ok(
    top.every((cell) => cell % 8 >= 4 && cell >= 32),
    top.join(),
  );
  const black = await explainMatch({ embedder, photo: { picture }, text: 'black' });
  assert.ok(centreOf(black).every((cell) => (black.values[cell] ?? 0) < 0));
  assert.ok(centreOf(red).every((cell) => (red.values[cell] ?? 0) > 0));
});

test('measures by what the model has: the mix where it is calibrated, else fusion, else the cosine', async () => {
  const picture = await redInTheCorner();
  const request = { photo: { picture }, text: 'red' };
  const plain = await explainMatch({ ...request, embedder: new ColourEmbedder() });
  const fusion = await explainMatch({ ...request, embedder: fusingColours(null) });
  const match = await explainMatch({ ...request, embedder: fusingColours(colourCalibration()) });
  assert.deepEqual([plain.by, fusion.by, match.by], ['cosine', 'fusion', 'match']);
  assert.deepEqual([plain.pMatch, fusion.pMatch], [null, null]);
  const mixed = (FUSION_PER_COSINE + 2) * plain.score;
  assert.ok(Math.abs(fusion.score - FUSION_PER_COSINE * plain.score) < 1e-5);
  assert.ok(Math.abs(match.score - mixed) < 1e-5);
  assert.ok(Math.abs((match.pMatch ?? 0) - 1 / (1 + Math.exp(6 - mixed))) < 1e-5);
  assert.ok(Math.abs(match.range.highest - (FUSION_PER_COSINE + 2) * plain.range.highest) < 1e-4);
  const asked = await explainMatch({
    ...request,
    embedder: fusingColours(colourCalibration()),
    by: 'cosine',
  });
  assert.deepEqual(asked.values, plain.values);
  await assert.rejects(
    explainMatch({ ...request, embedder: new ColourEmbedder(), by: 'fusion' }),
    (error) => isAppError(error, 'UNSUPPORTED') && error.message.includes('"cosine"'),
  );
  await assert.rejects(explainMatch({ ...request, embedder: fusingColours(null), by: 'match' }), (error) =>
    isAppError(error, 'UNSUPPORTED'),
  );
});

test('never runs the network more than 65 times, whatever the grid', async () => {
  const picture = await redInTheCorner();
  for (let grid = 2; grid <= 9; grid += 1) {
    const embedder = new ColourEmbedder();
    const map = await explainMatch({ embedder, photo: { picture }, text: 'red', grid });
    assert.deepEqual([map.rows, map.runs, embedder.encoded], [grid, (grid - 1) ** 2 + 1, map.runs]);
    assert.ok(map.runs <= 65);
  }
});

test('stops at the budget with the whole picture looked at as coarsely as that allows', async () => {
  const embedder = new ColourEmbedder({ batchMs: 20 });
  const photo = { picture: await redInTheCorner() };
  const least = await explainMatch({ embedder, photo, text: 'red', budgetMs: 0 });
  assert.deepEqual([least.runs, least.isComplete], [1 + embedder.batchSizeMax, false]);
  const half = await explainMatch({ embedder, photo, text: 'red', budgetMs: 130 });
  assert.ok(half.runs > least.runs && half.runs < half.runsPlanned, `${half.runs} runs`);
  assert.equal(half.isComplete, false);
});

test('stops when told to, and refuses what it cannot explain', async () => {
  const embedder = new ColourEmbedder({ batchMs: 5 });
  const photo = { picture: await redInTheCorner() };
  const controller = new AbortController();
  const call = explainMatch({ embedder, photo, text: 'red', signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(call, (error) => isAppError(error, 'ABORTED'));
  for (const change of [
    { grid: 1 },
    { grid: 10 },
    { grid: 2.5 },
    { budgetMs: -1 },
    { budgetMs: Number.NaN },
  ]) {
    await assert.rejects(
      explainMatch({ embedder, photo, text: 'red', ...change }),
      (error) =>
        isAppError(error, 'INVALID_ARGUMENT') && error.message.includes(Object.keys(change)[0] ?? '?'),
    );
  }
  await assert.rejects(
    explainMatch({ embedder, photo: { picture: new Uint8Array([1, 2, 3]) }, text: 'red' }),
    (error) => isAppError(error, 'IMAGE_INVALID'),
  );
  await assert.rejects(
    explainMatch({ embedder, photo: { pixels: new Float32Array(7) }, text: 'red' }),
    (error) => isAppError(error, 'INVALID_ARGUMENT'),
  );
});

test('explains a photo of a library as it explains its file, and refuses an unknown id', async (context) => {
  const bench = await workbench(context);
  const { photos, embedder } = bench;
  const file = await writePhoto(path.join(photos, 'one.jpg'), 3);
  await bench.index();
  const library = await bench.open('read');
  context.after(() => library.close());
  const [image] = library.store.images.below(photos, '', 1);
  assert.ok(image);
  const found = await explainMatch({ embedder, photo: { library, id: image.id }, text: 'red' });
  const expected = await explainMatch({ embedder, photo: { picture: file }, text: 'red' });
  assert.deepEqual(found, expected);
  await assert.rejects(explainMatch({ embedder, photo: { library, id: 999 }, text: 'red' }), (error) =>
    isAppError(error, 'NOT_FOUND'),
  );
});
