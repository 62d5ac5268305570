/**
 * BEiT-3 base with random weights: int8 against float32, for the sizes of the released model.
 * Source: our own. Deviation: none.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { availableParallelism } from 'node:os';
import {
  addsInt8Exactly,
  buildGraph,
  Session,
  sessionOptions,
  sizes,
  Weights,
  writeGraph,
  type Beit3Config,
  type GraphPrecision,
  type TensorData,
} from '../../../model/index.ts';
import { mean, rowCosines, takeTurns } from '../measure.ts';
import { buildPlainGraph } from '../plain-graph.ts';
import { RandomWeights } from '../random-weights.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

const config: Beit3Config = { ...sizes.base, heads: { ...sizes.base.heads, retrieval: true } };

const BATCHES = [1, 8] as const;
/** tokens: a query of a few words, and the longest text of the official data sets */
const TEXT_LENGTHS = [16, 64] as const;

export const baseSection: BenchSection = {
  name: 'base',
  title: 'BEiT-3 base (12 layers, width 768, 224 x 224), random weights',
  run,
};

type TowerName = 'vision' | 'text';
const variants = ['plain fp32', 'our fp32', 'our int8'] as const;
type Variant = (typeof variants)[number];

interface Case {
  readonly label: string;
  readonly batch: number;
  /** new buffers for every run, because a session takes them over */
  readonly feeds: () => Record<string, TensorData>;
}

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  for (const tower of ['vision', 'text'] as const) await measureTower(tower, context, result);
  result.remark(
    'plain fp32: as torch.onnx writes it, optimized by onnxruntime: q, k and v apart, all rows of the last layer. Weights are random, so the cosine shows the arithmetic only; see "nano" for trained weights and photos.',
  );
  return result.result();
}

async function measureTower(tower: TowerName, context: BenchContext, result: ResultBuilder): Promise<void> {
  const sessions: { variant: Variant; session: Session }[] = [];
  const files: string[] = [];
  try {
    for (const variant of variants) {
      context.note(`base: ${tower} tower, ${variant}`);
      const folder = path.join(context.workFolder, `${tower}-${variant.replace(' ', '-')}`);
      await writeVariant(tower, variant, folder);
      const { size } = await stat(path.join(folder, 'graph.data'));
      result.value(`${tower} ${variant} bytes`, size);
      files.push(`${variant} ${figure(size / 1e6, 'MB')}`);
      const settings = {
        threads: availableParallelism(),
        providerOptions: {},
        addsInt8Exactly: await addsInt8Exactly(context.workFolder),
      };
      const session = await Session.load(path.join(folder, 'graph.onnx'), sessionOptions('cpu', settings));
      sessions.push({ variant, session });
    }
    const rows: (string | number)[][] = [];
    for (const one of tower === 'vision' ? imageCases() : textCases()) {
      rows.push(await measureCase(tower, one, sessions, context, result));
    }
    result.table(
      `${tower} tower (weights: ${files.join(', ')})`,
      [
        'case',
        ...variants.map((variant) => `${variant} /s`),
        'int8 / plain',
        'int8 / our fp32',
        'cosine int8',
      ],
      rows,
    );
  } finally {
    for (const { session } of sessions) await session.close();
  }
}

async function measureCase(
  tower: TowerName,
  { label, batch, feeds }: Case,
  sessions: readonly { readonly variant: Variant; readonly session: Session }[],
  { quick }: BenchContext,
  result: ResultBuilder,
): Promise<(string | number)[]> {
  const vectors: Float32Array[] = [];
  for (const { session } of sessions) {
    const { vector } = (await session.run(feeds())) as { vector?: TensorData };
    if (!(vector?.data instanceof Float32Array)) throw new Error('the graph gave no vector');
    vectors.push(vector.data);
  }
  const [plainVector, ownVector, int8Vector] = vectors as [Float32Array, Float32Array, Float32Array];
  const contestants = sessions.map(({ variant, session }) => ({
    name: variant,
    run: () => session.run(feeds()),
  }));
  const times = await takeTurns(
    contestants,
    quick ? { roundsMin: 3, budgetMs: 0 } : { roundsMin: 7, budgetMs: 8000 },
  );
  const rates = times.map(({ median }) => (1000 * batch) / median);
  const [plain = Number.NaN, own = Number.NaN, int8 = Number.NaN] = rates;
  for (const [index, variant] of variants.entries()) {
    result.value(`${tower} ${label} ${variant} per second`, rates[index] ?? Number.NaN);
  }
  result.value(`${tower} ${label} int8 over plain`, int8 / plain);
  result.value(
    `${tower} ${label} fp32 cosine to plain`,
    mean(rowCosines(plainVector, ownVector, config.width)),
  );
  const cosines = rowCosines(plainVector, int8Vector, config.width);
  result.value(`${tower} ${label} int8 cosine`, Math.min(...cosines));
  return [
    label,
    ...rates.map((rate) => figure(rate)),
    figure(int8 / plain, 'x'),
    figure(int8 / own, 'x'),
    Math.min(...cosines).toFixed(5),
  ];
}

async function writeVariant(tower: TowerName, variant: Variant, folder: string): Promise<void> {
  const precision: GraphPrecision = variant === 'our int8' ? 'int8' : 'fp32';
  const weights = new Weights(new RandomWeights(config), precision);
  const graph =
    variant === 'plain fp32'
      ? buildPlainGraph(config, weights, tower)
      : buildGraph(config, weights, { tower, outputs: ['vector'] });
  await writeGraph(graph, folder);
}

function imageCases(): Case[] {
  const side = config.imageSide;
  return BATCHES.map((batch) => {
    const pixels = Float32Array.from({ length: batch * 3 * side * side }, (_, index) =>
      Math.sin(index * 0.37),
    );
    return {
      label: `batch ${batch}`,
      batch,
      feeds: () => ({ image: { data: pixels.slice(), dims: [batch, 3, side, side] } }),
    };
  });
}

function textCases(): Case[] {
  return TEXT_LENGTHS.flatMap((length) =>
    BATCHES.map((batch) => {
      const dims = [batch, length];
      const ids = BigInt64Array.from({ length: batch * length }, (_, index) =>
        BigInt(5 + ((index * 7919) % 60_000)),
      );
      return {
        label: `T ${length}, batch ${batch}`,
        batch,
        feeds: () => ({
          input_ids: { data: ids.slice(), dims },
          padding_mask: { data: new BigInt64Array(batch * length), dims },
        }),
      };
    }),
  );
}
