/**
 * The segmentation against a slow one that looks every substring up in a map.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Tokenizer } from '../../../model/text/index.ts';
import { Segmenter } from '../../../model/text/segmenter.ts';
import { pieceBytes, pieceType, readVocabulary, type Vocabulary } from '../../../model/text/vocabulary.ts';
import { fixturesFolder, sharedFolder, skipWithout } from '../../support/paths.ts';
import { makeVocabulary } from './model-maker.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

interface Step {
  readonly score: number;
  readonly from: number;
  readonly id: number;
}

/** Every substring of whole characters is looked up, in the order in which the reference meets them. */
class SlowSegmenter {
  readonly #idOf = new Map<string, number>();
  readonly #scoreOf: (id: number, text: string) => number;
  readonly #unknownScore: number;
  readonly #bytePieces: Int32Array | undefined;
  readonly #longest: number;

  constructor(vocabulary: Vocabulary) {
    const scores: number[] = [];
    for (const [id, type] of vocabulary.types.entries()) {
      if (type === pieceType.normal) scores.push(vocabulary.scores[id] ?? 0);
      if (type !== pieceType.normal && type !== pieceType.userDefined) continue;
      this.#idOf.set(decoder.decode(pieceBytes(vocabulary, id)), id);
    }
    const lowest = scores.reduce((least, score) => Math.min(least, score), Infinity);
    const highest = scores.reduce((most, score) => Math.max(most, score), 2 ** -126);
    this.#unknownScore = Math.fround(lowest - 10);
    this.#scoreOf = (id, text) =>
      vocabulary.types[id] === pieceType.userDefined
        ? Math.fround(encoder.encode(text).length * highest) - 0.1
        : (vocabulary.scores[id] ?? 0);
    this.#bytePieces = vocabulary.bytePieces;
    this.#longest = Math.max(...[...this.#idOf.keys()].map((piece) => Array.from(piece).length));
  }

  segment(text: string): number[] {
    const characters = Array.from(text);
    const best: (Step | undefined)[] = [{ score: 0, from: -1, id: -1 }];
    for (const from of characters.keys()) {
      const soFar = best[from]?.score ?? 0;
      const offer = (to: number, id: number, score: number): void => {
        const known = best[to];
        if (known === undefined || score > known.score) best[to] = { score: Math.fround(score), from, id };
      };
      for (let to = from + 1; to <= Math.min(characters.length, from + this.#longest); to += 1) {
        const part = characters.slice(from, to).join('');
        const id = this.#idOf.get(part);
        if (id !== undefined) offer(to, id, this.#scoreOf(id, part) + soFar);
      }
      const single = this.#idOf.get(characters[from] ?? '');
      if (single === undefined) offer(from + 1, 0, Math.fround(this.#unknownScore + soFar));
    }
    const ids: number[] = [];
    for (let at = characters.length; at > 0;) {
      const step = best[at];
      assert.ok(step !== undefined);
      if (step.id !== 0) ids.push(step.id);
      else if (this.#bytePieces !== undefined) ids.push(...this.#spell(characters[step.from] ?? ''));
      else if (ids.at(-1) !== 0) ids.push(0);
      at = step.from;
    }
    return ids.toReversed();
  }

  /** The bytes of a character, last one first. */
  #spell(character: string): number[] {
    return Array.from(encoder.encode(character), (byte) => this.#bytePieces?.[byte] ?? 0).toReversed();
  }
}

/** Same sequence for the same seed; xorshift32. @returns a whole number below `below` */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const strangers = ['é', '犬', '🍕', '<', '\u0301', '\u2581', '\ufeff', '\0', 'Q', '\ufffd', ' '];

/** Pieces, halves of pieces, and characters that no piece has. */
function randomText(vocabulary: Vocabulary, random: (below: number) => number): string {
  const parts = Array.from({ length: 1 + random(40) }, () => {
    const piece = Array.from(decoder.decode(pieceBytes(vocabulary, 3 + random(vocabulary.size - 3))));
    const kind = random(8);
    if (kind === 0) return strangers[random(strangers.length)] ?? '';
    if (kind === 1) return piece.slice(0, 1 + random(piece.length)).join('');
    if (kind === 2) return (piece[0] ?? '').repeat(1 + random(20));
    return piece.join('');
  });
  return parts.join('');
}

function compare(file: string, rounds: number): void {
  const vocabulary = readVocabulary(new Uint8Array(readFileSync(file)), file);
  const fast = new Segmenter(vocabulary, file);
  const slow = new SlowSegmenter(vocabulary);
  const random = makeRandom(20_260_101);
  for (let round = 0; round < rounds; round += 1) {
    const text = randomText(vocabulary, random);
    assert.deepEqual(fast.segment(encoder.encode(text)).ids, slow.segment(text), JSON.stringify(text));
  }
}

for (const name of ['unigram_nmt_nfkc', 'unigram_byte_fallback', 'unigram_identity_flags']) {
  test(`segments random text as the slow segmentation does, with ${name}`, () => {
    compare(path.join(fixturesFolder, 'tokenizer', `${name}.model`), 300);
  });
}

test(
  'segments random text as the slow segmentation does, with the official 45,233 pieces',
  { skip: skipWithout('fixtures/tokenizer/beit3_first45233.spm') },
  () => {
    compare(path.join(sharedFolder, 'fixtures', 'tokenizer', 'beit3_first45233.spm'), 200);
  },
);

test('decides ties by the rounding of float32, which doubles would decide otherwise', () => {
  const file = path.join(fixturesFolder, 'tokenizer', 'unigram_nmt_nfkc.model');
  const vocabulary = readVocabulary(new Uint8Array(readFileSync(file)), file);
  const text = encoder.encode(`\u2581${'a'.repeat(300)}`);
  const ids = new Segmenter(vocabulary, file).segment(text).ids;
  assert.deepEqual(ids, new SlowSegmenter(vocabulary).segment(decoder.decode(text)));
});

test('prefers a user-defined symbol to the best pieces that it could be cut into, and an unused piece to none', () => {
  const symbol = { piece: '[x]', type: pieceType.userDefined };
  const letters = ['\u2581', '[', 'x', ']'].map((piece) => ({ piece, score: -1 }));
  const withSymbol = Tokenizer.parse(makeVocabulary([symbol, ...letters]), 'test.spm');
  assert.deepEqual(withSymbol.encodePieces('x[x]'), ['\u2581', 'x', '[x]']);
  const unused = { piece: '[x]', type: pieceType.unused, score: 5 };
  const withUnused = Tokenizer.parse(makeVocabulary([unused, ...letters]), 'test.spm');
  assert.deepEqual(withUnused.encodePieces('x[x]'), ['\u2581', 'x', '[', 'x', ']']);
});

test('never matches control or byte pieces written out in the text', () => {
  const tokenizer = Tokenizer.parse(makeVocabulary([{ piece: 'a', score: -1 }]), 'test.spm');
  assert.deepEqual(tokenizer.encodePieces('a<s>a'), ['\u2581', 'a', '<s>', 'a']);
  assert.deepEqual(tokenizer.encode('a<s>a'), [3, 4, 3, 4]);
});

function cutOf(text: string, pieces: readonly (readonly [string, number])[]): string[] {
  const model = makeVocabulary(
    pieces.map(([piece, score]) => ({ piece, score })),
    { normalizerSpec: { addDummyPrefix: false } },
  );
  return Tokenizer.parse(model, 'test.spm').encodePieces(text);
}

test('rates an unknown character ten below the worst piece, in float32', () => {
  assert.deepEqual(
    cutOf('xy', [
      ['xy', -20],
      ['x', 9.5],
    ]),
    ['xy'],
  );
  assert.deepEqual(
    cutOf('xy', [
      ['xy', -20],
      ['x', 10.5],
    ]),
    ['x', 'y'],
  );
  // -1010 + 10.000001 is more than -1000 as a double, but the same in float32, and then the first path found stays.
  assert.deepEqual(
    cutOf('xy', [
      ['xy', -1000],
      ['x', 10.000_001],
    ]),
    ['xy'],
  );
  assert.deepEqual(
    cutOf('xy', [
      ['xy', -1000],
      ['x', 10.000_1],
    ]),
    ['x', 'y'],
  );
});
