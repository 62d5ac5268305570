/**
 * Parameter counts against the published ones.
 * Source: BEIT3.md sections 11 (released models) and 12 (the paper). Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countParameters, noHeads, parametersOf, sizes, type Beit3Config } from '../../../model/index.ts';

/** The VQA v2 answers and the ImageNet classes that the released heads have. */
const ANSWERS = 3129;
const CLASSES = 1000;
const MIM_CODES = 8192;

const { base, large, giant } = sizes;

function count(config: Beit3Config, changes: Partial<Beit3Config> = {}, heads = {}): number {
  return countParameters(parametersOf({ ...config, ...changes, heads: { ...noHeads, ...heads } }));
}

function countNamed(config: Beit3Config, pattern: RegExp): number {
  return countParameters(parametersOf(config).filter(({ name }) => pattern.test(name)));
}

test('a layer of one modality and the backbones have as many parameters as the released ones', () => {
  assert.equal(countNamed(base, /layers\.3\..*\.A\./), 7_095_552);
  assert.equal(countNamed(base, /layers\.3\..*\.B\./), 7_095_552);
  assert.equal(countNamed(large, /layers\.0\..*\.A\./), 12_606_464);
  assert.equal(count(base), 220_987_392);
  assert.equal(count(large), 672_702_464);
});

const released: readonly [string, number, number][] = [
  ['base, pretraining, 224', count(base, {}, { mlm: true, mim: MIM_CODES }), 276_510_730],
  ['large, pretraining, 224', count(large, {}, { mlm: true, mim: MIM_CODES }), 746_709_514],
  ['base, itc, 224', count(base, {}, { retrieval: true }), 222_167_041],
  ['large, itc, 224', count(large, {}, { retrieval: true }), 674_799_617],
  ['base, retrieval, 384', count(base, { imageSide: 384 }, { retrieval: true }), 222_458_881],
  ['large, retrieval, 384', count(large, { imageSide: 384 }, { retrieval: true }), 675_188_737],
  ['base, captioning, 480', count(base, { imageSide: 480 }, { mlm: true }), 270_751_754],
  ['large, captioning, 480', count(large, { imageSide: 480 }, { mlm: true }), 739_033_610],
  ['base, VQA, 480', count(base, { imageSide: 480, normalizeOutput: false }, { vqa: ANSWERS }), 228_110_649],
  [
    'large, VQA, 480',
    count(large, { imageSide: 480, normalizeOutput: false }, { vqa: ANSWERS }),
    682_985_529,
  ],
  [
    'large, VQA, 768',
    count(large, { imageSide: 768, normalizeOutput: false }, { vqa: ANSWERS }),
    684_423_225,
  ],
  ['base, NLVR2, 224', count(base, {}, { nlvr2: 2 }), 225_719_810],
  ['large, NLVR2, 224', count(large, {}, { nlvr2: 2 }), 681_109_506],
];

for (const [name, found, expected] of released) {
  test(`${name} has ${expected.toLocaleString('en')} parameters`, () => assert.equal(found, expected));
}

test('image classification counts its vision parameters as the README does', () => {
  assert.equal(countVision(base), 86_661_352);
  assert.equal(countVision(large), 304_574_440);
});

test('tensor counts of the base models are those of the released checkpoints', () => {
  assert.equal(countTensors({}, { retrieval: true }), 494);
  assert.equal(countTensors({}, { mlm: true }), 493);
  assert.equal(countTensors({ normalizeOutput: false }, { vqa: ANSWERS }), 497);
  assert.equal(countTensors({}, { nlvr2: 2 }), 499);
  assert.equal(countTensors({ normalizeOutput: false }, { classification: CLASSES }), 491);
});

test('the giant has the parts that the paper counts', () => {
  const vision = countNamed(giant, /\.ffn\.A\.fc[12]\./);
  const language = countNamed(giant, /\.ffn\.B\.fc[12]\./);
  const expert = countNamed(giant, /\.ffn\.VL\.fc[12]\./);
  const attention = countNamed(giant, /\.self_attn\.[kvq]_proj\.|\.self_attn\.out_proj\./);
  assert.equal(vision, 692_362_240);
  assert.equal(language, 692_362_240);
  assert.equal(expert, 51_927_168);
  assert.equal(attention, 317_419_520);
  assert.equal(vision + language + expert + attention, 1_754_071_168);
  assert.deepEqual(
    [vision, language, expert, attention].map((parameters) => Math.round(parameters / 1e6)),
    [692, 692, 52, 317],
  );
  assert.equal(billions(count(giant)).slice(0, 4), '1.84');
  assert.equal(billions(count(giant, {}, { mlm: true, mim: MIM_CODES })).slice(0, 3), '1.9');
  assert.equal(billions(count(giant, { attention: 'decoupled', vlExpertLayers: 0 })).slice(0, 5), '2.114');
});

test('names every parameter once', () => {
  const everything = { ...noHeads, retrieval: true, itm: true, mlm: true, mim: 5, nlvr2: 2 };
  for (const config of [base, giant]) {
    const names = parametersOf({ ...config, heads: everything }).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  }
});

/** Of an image classifier: neither the language branch nor the mask token takes part. */
function countVision(config: Beit3Config): number {
  const classifier = { ...config, normalizeOutput: false, heads: { ...noHeads, classification: CLASSES } };
  return countNamed(classifier, /^(?!beit3\.text_embed|.*\.B\.|.*mask_token)/);
}

function countTensors(changes: Partial<Beit3Config>, heads: object): number {
  return parametersOf({ ...base, ...changes, heads: { ...noHeads, ...heads } }).length;
}

function billions(parameters: number): string {
  return (parameters / 1e9).toFixed(3);
}
