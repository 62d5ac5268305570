/**
 * Whether evidence maps tell the truth about the built-in model: covering the parts that they name must hurt more than
 * covering as many others.
 * Source: the deletion test of Petsiuk et al. 2018 (RISE). Deviation: one share of the picture instead of a curve.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import {
  BUILTIN_MODEL,
  builtinFolder,
  openEmbedder,
  preprocess,
  productPreprocess,
  type Embedder,
} from '../../../model/index.ts';
import {
  explainMatch,
  fillOf,
  MatchCalibration,
  occlude,
  planOcclusion,
  type EvidenceKind,
} from '../../../query/index.ts';
import { renderAlbum } from '../../../scripts/demo-album/index.ts';
import { temporaryFolder } from '../../support/photo-folder.ts';
import { randomNumbers } from '../../support/tiny-network.ts';

const PICTURES = 8;
/** A quarter of the picture is covered. */
const COVERED_SHARE = 0.25;
const RANDOM_TRIES = 6;

/** The top quarter must take at least this many times as much as a random one, on average over the pictures. */
const MARGIN = 1.5;

const isThere = existsSync(path.join(builtinFolder(), 'config.json'));

interface Captioned {
  readonly pixels: Float32Array;
  readonly caption: string;
}

/** Painted scenes with true captions; the same for the same seed. */
async function pictures(folder: string, embedder: Embedder): Promise<Captioned[]> {
  await renderAlbum({ folder, count: PICTURES, seed: 'test:41', side: 320 });
  const lines = (await readFile(path.join(folder, 'captions.jsonl'), 'utf8')).trim().split('\n');
  return Promise.all(
    lines.map(async (line) => {
      const { file, captions } = JSON.parse(line) as { file: string; captions: string[] };
      const pixels = await preprocess(path.join(folder, file), embedder.preprocess, productPreprocess);
      return { pixels, caption: captions[0] ?? '' };
    }),
  );
}

async function scoresOf(
  embedder: Embedder,
  by: EvidenceKind,
  images: readonly Float32Array[],
  text: string,
): Promise<number[]> {
  const [query] = await embedder.encodeTexts([text]);
  assert.ok(query);
  const vectors = await embedder.encodeImages(images);
  const cosines = vectors.map((one) =>
    one.reduce((sum, value, at) => sum + value * (query.vector[at] ?? 0), 0),
  );
  if (by === 'cosine') return cosines;
  const fusions = [...(await embedder.scorePairs(images.map((pixels) => ({ pixels, text }))))];
  if (by === 'fusion') return fusions;
  const match = MatchCalibration.of(embedder)?.forQuery({ vector: query.vector, text });
  assert.ok(match);
  return fusions.map((fusion, index) => match.pMatch(fusion, cosines[index] ?? 0));
}

test(
  'covering the parts that speak for the match lowers the score more than covering random ones',
  { skip: isThere ? false : 'needs the built-in model' },
  async (context) => {
    const folder = await temporaryFolder(context);
    const embedder = await openEmbedder({
      model: BUILTIN_MODEL,
      modelsFolder: path.join(folder, 'models'),
      cacheFolder: path.join(folder, 'cache'),
      device: 'cpu',
    });
    context.after(() => embedder.close());
    const { side } = embedder.preprocess;
    const plan = planOcclusion(side, embedder.patchSide);
    const count = plan.cells ** 2;
    const covered = Math.round(COVERED_SHARE * count);
    const kinds: EvidenceKind[] = ['cosine'];
    if (embedder.canFuse) kinds.push('fusion');
    // Here it is the probability that must fall.
    if (embedder.calibration !== null) kinds.push('match');
    const all = await pictures(path.join(folder, 'album'), embedder);
    for (const by of kinds) {
      const random = randomNumbers(17);
      let [fallOfTop, fallOfRandom, wins] = [0, 0, 0];
      for (const { pixels, caption } of all) {
        const { values } = await explainMatch({ embedder, photo: { pixels }, text: caption, by });
        // Covered by the other fill than the map was made with: it must not have learnt what that one does.
        const fill = fillOf(pixels, side, 'mean');
        const without = (cells: readonly number[]) =>
          occlude(
            pixels,
            fill,
            plan,
            cells.map((cell) => {
              const [top, left] = [Math.floor(cell / plan.cells), cell % plan.cells];
              return { top, left, bottom: top + 1, right: left + 1 };
            }),
          );
        const cells = [...values.keys()];
        const top = cells.toSorted((a, b) => (values[b] ?? 0) - (values[a] ?? 0)).slice(0, covered);
        const others = Array.from({ length: RANDOM_TRIES }, () =>
          cells
            .map((cell) => ({ cell, key: random() }))
            .toSorted((a, b) => a.key - b.key)
            .slice(0, covered)
            .map(({ cell }) => cell),
        );
        const [whole = 0, topScore = 0, ...otherScores] = await scoresOf(
          embedder,
          by,
          [pixels, without(top), ...others.map(without)],
          caption,
        );
        const mean = otherScores.reduce((sum, score) => sum + score, 0) / RANDOM_TRIES;
        fallOfTop += (whole - topScore) / PICTURES;
        fallOfRandom += (whole - mean) / PICTURES;
        if (topScore < mean) wins += 1;
      }
      const found = `${by}: top ${fallOfTop.toFixed(4)}, random ${fallOfRandom.toFixed(4)}, ${wins} of ${PICTURES}`;
      context.diagnostic(found);
      assert.ok(fallOfTop > 0 && fallOfTop > MARGIN * fallOfRandom, found);
      assert.ok(wins >= 0.75 * PICTURES, found);
    }
  },
);
