/**
 * Queries in parts: the rules by example, and what is said of each part.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { isAppError } from '../../../model/index.ts';
import { clausesOf, CLAUSES_MAX, measureClauses, scoreClauses, shareInOrder } from '../../../query/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { randomNumbers } from '../../support/tiny-network.ts';
import { colourCalibration, dot, FUSION_PER_COSINE, fusingColours } from './fusing-colours.ts';

/** Text, then its parts; a part that is wanted away begins with "!", and what is scored follows in braces where it differs. */
const examples: readonly (readonly [string, ...string[]])[] = [
  ['red car in the snow, no people', 'red car', 'in the snow', '!no people {people}'],
  ['two dogs', 'two dogs'],
  ['a dog and a cat', 'a dog', 'and a cat {a cat}'],
  ['a black and white dog on grass', 'a black and white dog', 'on grass'],
  ['a man with a hat next to the lake', 'a man', 'with a hat {a hat}', 'next to the lake'],
  ['the boy jumps up into the air', 'the boy jumps', 'up into the air'],
  ['in the snow', 'in the snow'],
  ['beach without people', 'beach', '!without people {people}'],
  ['not a dog', '!not a dog {a dog}'],
  ['no one on the beach', '!no one on the beach {someone on the beach}'],
  ['no cats and dogs', '!no cats {cats}', '!and dogs {dogs}'],
  ['no cats and a dog', '!no cats {cats}', 'and a dog {a dog}'],
  ['no people in the snow', '!no people {people}', 'in the snow'],
  ['no cats, dogs', '!no cats {cats}', 'dogs'],
  ['nobody', '!nobody {someone}'],
  ['sunset + sea', 'sunset', '+ sea {sea}'],
  ['Red CAR, Blue Boat', 'Red CAR', 'Blue Boat'],
  ['a woman in it', 'a woman in it'],
  ['with a hat', 'with a hat {a hat}'],
  ['ein roter Wagen, kein Schnee', 'ein roter Wagen', 'kein Schnee'],
  ['f/2.8 lens.', 'f/2.8 lens'],
  ['日本, 海', '日本', '海'],
  ['in', 'in'],
];

test('splits queries at commas, conjunctions, prepositions and negations', () => {
  for (const [text, ...expected] of examples) {
    const found = clausesOf(text).map(
      ({ text: part, prompt, isNegated }) =>
        `${isNegated ? '!' : ''}${part}${prompt === part ? '' : ` {${prompt}}`}`,
    );
    assert.deepEqual(found, expected, text);
  }
});

test('has no part for a text without words, and loses none of any other', () => {
  for (const text of ['', '   ', ',;.', '\u0000\u0001', '?!']) assert.deepEqual(clausesOf(text), [], text);
  const random = randomNumbers(8);
  const words =
    'red car in the snow no people , and with without not a black white next to in front of dog ; x'.split(
      ' ',
    );
  for (let round = 0; round < 300; round += 1) {
    const text = Array.from(
      { length: 1 + Math.floor(30 * random()) },
      () => words[Math.floor(random() * words.length)],
    ).join(' ');
    const parts = clausesOf(text);
    assert.ok(parts.length <= CLAUSES_MAX);
    assert.equal(
      parts.map((part) => part.text).join(' '),
      text.replaceAll(/[,;]/g, ' ').split(/\s+/).filter(Boolean).join(' '),
    );
    assert.ok(parts.every(({ prompt }) => prompt !== ''));
  }
  const long = Array.from({ length: 5000 }, (_, index) => `thing${index}`).join(' and ');
  assert.equal(clausesOf(long).length, CLAUSES_MAX);
});

async function plain(background: { r: number; g: number; b: number }): Promise<Buffer> {
  return sharp({ create: { width: 40, height: 40, channels: 3, background } })
    .png()
    .toBuffer();
}

const red = { r: 255, g: 0, b: 0 };

test('scores each part as it would be scored alone', async () => {
  const embedder = fusingColours(colourCalibration());
  const picture = await plain(red);
  const { clauses } = await scoreClauses({
    embedder,
    photo: { picture },
    text: 'a red thing, no blue, green',
  });
  assert.deepEqual(
    clauses.map(({ prompt }) => prompt),
    ['a red thing', 'blue', 'green'],
  );
  for (const clause of clauses) {
    const alone = await scoreClauses({ embedder, photo: { picture }, text: clause.prompt });
    const [only] = alone.clauses;
    assert.ok(only);
    assert.deepEqual([clause.fusion, clause.cosine, clause.pMatch], [only.fusion, only.cosine, only.pMatch]);
    assert.ok(Math.abs((clause.fusion ?? 0) - FUSION_PER_COSINE * clause.cosine) < 1e-5);
    const expected = 1 / (1 + Math.exp(6 - (FUSION_PER_COSINE + 2) * clause.cosine));
    assert.ok(Math.abs((clause.pMatch ?? 0) - expected) < 1e-5);
  }
});

test('gives verdicts only where the calibration says that parts were measured and hold', async () => {
  const photo = { picture: await plain(red) };
  const text = 'red, no blue, no red';
  const verdicts = async (clauses: { auc: number; count: number } | undefined) => {
    const embedder = fusingColours(colourCalibration(clauses && { clauses }));
    const found = await scoreClauses({ embedder, photo, text });
    return { isReliable: found.isReliable, holds: found.clauses.map(({ holds }) => holds) };
  };
  const none = { isReliable: false, holds: [null, null, null] };
  assert.deepEqual(await verdicts(undefined), none);
  assert.deepEqual(await verdicts({ auc: 0.76, count: 532 }), none);
  assert.deepEqual(await verdicts({ auc: 0.95, count: 532 }), {
    isReliable: true,
    holds: [true, true, false],
  });
  const uncalibrated = await scoreClauses({ embedder: fusingColours(null), photo, text });
  assert.deepEqual([uncalibrated.isReliable, uncalibrated.clauses[0]?.pMatch], [false, null]);
  const dual = await scoreClauses({ embedder: new ColourEmbedder(), photo, text });
  assert.deepEqual([dual.isReliable, dual.clauses[0]?.fusion, dual.clauses.length], [false, null, 3]);
  await assert.rejects(scoreClauses({ embedder: new ColourEmbedder(), photo, text: ' , ' }), (error) =>
    isAppError(error, 'TEXT_INVALID'),
  );
});

test('says nothing where the probability lies between the bands', async () => {
  // White and red have a cosine of 1/√3, which this curve takes for one half.
  const cosine = await (async () => {
    const colours = new ColourEmbedder();
    const [white, redText] = await colours.encodeTexts(['white', 'red']);
    return dot(white?.vector ?? new Float32Array(0), redText?.vector);
  })();
  const intercept = -(FUSION_PER_COSINE + 2) * cosine;
  const calibration = colourCalibration({
    curve: { kind: 'platt', slope: 1, intercept },
    clauses: { auc: 1, count: 9 },
  });
  const photo = { picture: await plain({ r: 255, g: 255, b: 255 }) };
  const { clauses } = await scoreClauses({ embedder: fusingColours(calibration), photo, text: 'red' });
  assert.ok(Math.abs((clauses[0]?.pMatch ?? 0) - 0.5) < 1e-3);
  assert.equal(clauses[0]?.holds, null);
});

test('measures how well parts tell their photo, and finds 1 where they always do', async () => {
  const embedder = fusingColours(colourCalibration());
  const names = ['red', 'green', 'blue'] as const;
  const photos = names.map((name, index) => {
    const pixels = new Float32Array(3 * 32 * 32).fill(-1);
    pixels.fill(1, index * 32 * 32, (index + 1) * 32 * 32);
    return { pixels, caption: `something ${name}, and ${name} again, no white` };
  });
  assert.deepEqual(await measureClauses(embedder, photos), {
    auc: { fusion: 1, cosine: 1, pMatch: 1 },
    count: 6,
  });
  const turned = photos.map(({ caption }, index) => ({
    caption,
    pixels: photos[(index + 1) % 3]?.pixels ?? new Float32Array(0),
  }));
  const { auc } = await measureClauses(new ColourEmbedder(), turned);
  assert.ok(auc.cosine < 0.5 && auc.fusion === null && auc.pMatch === null);
  await assert.rejects(measureClauses(embedder, photos.slice(0, 1)), (error) =>
    isAppError(error, 'INVALID_ARGUMENT'),
  );
});

test('counts pairs in order as two loops do', () => {
  const random = randomNumbers(9);
  for (let round = 0; round < 50; round += 1) {
    const numbers = () =>
      Array.from({ length: 1 + Math.floor(20 * random()) }, () => Math.floor(10 * random()));
    const [right, wrong] = [numbers(), numbers()];
    let wins = 0;
    for (const a of right) for (const b of wrong) wins += a > b ? 1 : a === b ? 0.5 : 0;
    assert.ok(Math.abs(shareInOrder(right, wrong) - wins / (right.length * wrong.length)) < 1e-12);
  }
});
