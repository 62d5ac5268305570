/**
 * What is refused of a tokenizer file, and what beside it is taken.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isAppError } from '../../../model/errors.ts';
import { Tokenizer } from '../../../model/text/index.ts';
import { FILE_BYTES_MAX, pieceType } from '../../../model/text/vocabulary.ts';
import { fixturesFolder } from '../../support/paths.ts';
import { makeModel, makeVocabulary, specialPieces, type PieceInit } from './model-maker.ts';

const fixturePath = path.join(fixturesFolder, 'tokenizer', 'unigram_byte_fallback.model');
const fixture = new Uint8Array(readFileSync(fixturePath));
const letter: PieceInit = { piece: 'a', score: -1 };

function assertTaken(bytes: Uint8Array): Tokenizer {
  return Tokenizer.parse(bytes, 'test.spm');
}

function assertRefused(bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => Tokenizer.parse(bytes, 'test.spm'),
    (error) => {
      assert.ok(isAppError(error, 'TOKENIZER_INVALID'), String(error));
      assert.match(error.message, /^test\.spm: /);
      assert.match(error.message, message);
      return true;
    },
  );
}

test('takes a file with no more than the special pieces and one letter', () => {
  const tokenizer = assertTaken(makeVocabulary([letter]));
  assert.equal(tokenizer.vocabularySize, 6);
  assert.equal(tokenizer.maskId, 5);
  assert.deepEqual(tokenizer.encode('a'), [3, 4]);
});

test('rejects a file cut short anywhere, or says nothing wrong where a whole piece was cut off', () => {
  const { vocabularySize } = assertTaken(fixture);
  assert.equal(vocabularySize, 2002);
  const small = makeVocabulary([letter, { piece: 'bb', score: -2 }]);
  assertTaken(small);
  let refused = 0;
  for (let length = 0; length < small.length; length += 1) {
    try {
      assert.ok(assertTaken(small.subarray(0, length)).vocabularySize < 7);
    } catch (error) {
      assert.ok(isAppError(error, 'TOKENIZER_INVALID'), String(error));
      refused += 1;
    }
  }
  assert.equal(refused, small.length - 1, 'only the cut just before the last piece leaves a whole file');
  assertRefused(fixture.subarray(0, 100_000), /not a whole SentencePiece model/);
});

test('rejects files that are something else', () => {
  assertRefused(new Uint8Array(0), /empty/);
  assertRefused(new Uint8Array(1000), /not a whole|no pieces/);
  assertRefused(
    new TextEncoder().encode('<!DOCTYPE html><html><body>Not found</body></html>'),
    /not a whole/,
  );
  assertRefused(new TextEncoder().encode('{"model": {"type": "Unigram", "vocab": []}}'), /not a whole/);
  assertRefused(Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0), /not a whole|no pieces/);
  assertRefused(new Uint8Array(100_000).fill(0x0b), /not a whole/);
  assertRefused(new Uint8Array(100_000).fill(0xff), /not a whole/);
});

test('rejects random damage with its own error and never with another', () => {
  const small = makeVocabulary([letter, { piece: 'ab', score: -2 }], {
    trainerSpec: { modelType: 1 },
    normalizerSpec: { addDummyPrefix: false },
  });
  let refused = 0;
  for (let position = 0; position < small.length; position += 1) {
    for (const value of [0, 1, 0x0a, 0x7f, 0x80, 0xff]) {
      const damaged = small.slice();
      damaged[position] = value;
      try {
        Tokenizer.parse(damaged, 'test.spm').encode('abba');
      } catch (error) {
        assert.ok(isAppError(error, 'TOKENIZER_INVALID'), `byte ${position} = ${value}: ${String(error)}`);
        refused += 1;
      }
    }
  }
  assert.ok(refused > small.length, `${refused} refused`);
});

test('rejects a vocabulary without pieces, without an unknown piece, or with two', () => {
  assertRefused(makeModel([], { trainerSpec: { modelType: 1 } }), /no pieces/);
  assertRefused(makeModel([letter]), /piece 0 is not the unknown piece/);
  assertRefused(makeModel([...specialPieces.slice(1), letter]), /piece 0 is not the unknown piece/);
  assertRefused(
    makeVocabulary([letter, { piece: '<unk2>', type: pieceType.unknown }]),
    /second unknown piece/,
  );
  assertRefused(makeModel(specialPieces), /no normal piece/);
  assertTaken(makeVocabulary([letter]));
});

test('rejects ordinary pieces where the numbering has special tokens, and takes unused ones', () => {
  const [unknown] = specialPieces;
  assert.ok(unknown !== undefined);
  assertRefused(makeModel([unknown, letter, { piece: 'b', score: -1 }]), /piece 1 is not a control piece/);
  const unused = { type: pieceType.unused };
  assertTaken(makeModel([unknown, { piece: 'x', ...unused }, { piece: 'y', ...unused }, letter]));
});

test('rejects a piece that is there twice, and takes an ordinary one that looks like a control piece', () => {
  assertRefused(makeVocabulary([letter, { piece: 'b', score: -1 }, letter]), /piece 5, "a", is there twice/);
  const symbol = { piece: 'a', type: pieceType.userDefined };
  assertRefused(makeVocabulary([letter, symbol]), /is there twice/);
  assertTaken(makeVocabulary([letter, { piece: '<s>', score: -3 }]));
});

test('rejects scores that are no numbers, and takes the lowest that is one', () => {
  for (const score of [NaN, Infinity, -Infinity]) {
    assertRefused(makeVocabulary([letter, { piece: 'b', score }]), /piece 4 has the score .*finite/);
  }
  const lowest = -3.4028234663852886e38;
  assert.deepEqual(
    assertTaken(makeVocabulary([letter, { piece: 'b', score: lowest }])).encode('ba'),
    [3, 5, 4],
  );
});

test('rejects pieces that are empty, too long, or not UTF-8', () => {
  assertRefused(makeVocabulary([letter, { piece: '', score: -1 }]), /piece 4 is empty/);
  assertTaken(makeVocabulary([letter, { piece: 'x'.repeat(512), score: -1 }]));
  assertRefused(
    makeVocabulary([letter, { piece: 'x'.repeat(513), score: -1 }]),
    /513 bytes, expected at most 512/,
  );
  const damaged = [
    [0x80],
    [0xc3],
    [0xc0, 0x80],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x80, 0x80, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf8, 0x88, 0x80, 0x80],
    [0xe2, 0x96],
  ];
  for (const bytes of damaged) {
    assertRefused(makeVocabulary([letter, { piece: Uint8Array.from(bytes), score: -1 }]), /is not UTF-8/);
  }
  const whole = ['\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'];
  assertTaken(makeVocabulary([letter, ...whole.map((piece) => ({ piece, score: -1 }))]));
});

test('rejects models of another type than unigram', () => {
  assertTaken(makeVocabulary([letter], { trainerSpec: { modelType: 1 } }));
  const names: [number, string][] = [
    [2, 'byte pair encoding'],
    [3, 'word'],
    [4, 'character'],
    [9, 'number 9'],
  ];
  for (const [modelType, name] of names) {
    assertRefused(
      makeVocabulary([letter], { trainerSpec: { modelType } }),
      new RegExp(`${name}, expected unigram`),
    );
  }
  assertRefused(makeVocabulary([letter, { piece: 'b', type: 7 }]), /type 7, expected 1 to 6/);
  assertRefused(makeVocabulary([letter, { piece: 'b', type: -1 }]), /type -1/);
});

test('rejects byte pieces that are missing, repeated, misspelt or not asked for', () => {
  const bytes = Array.from({ length: 256 }, (_, byte): PieceInit => {
    return { piece: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, type: pieceType.byte };
  });
  const fallback = { trainerSpec: { byteFallback: true } };
  assertTaken(makeVocabulary([...bytes, letter], fallback));
  assertRefused(makeVocabulary([...bytes, letter]), /byte_fallback is off/);
  assertRefused(makeVocabulary([letter, ...bytes.slice(1)], fallback), /no piece stands for byte 0/);
  assertRefused(makeVocabulary([letter, ...bytes, ...bytes.slice(7, 8)], fallback), /repeats <0x07>/);
  assertRefused(makeVocabulary([letter, { piece: '<0xG0>', type: pieceType.byte }], fallback), /like <0x0A>/);
});

test('rejects more pieces than it can hold before it makes anything of them', () => {
  const emptyPieces = new Uint8Array(FILE_BYTES_MAX);
  for (let index = 0; index < emptyPieces.length; index += 2) emptyPieces[index] = 0x0a;
  assertRefused(emptyPieces, /more than 500000 pieces/);
  assertRefused(new Uint8Array(FILE_BYTES_MAX + 1), /the file has 16777217 bytes, expected at most 16777216/);
});

test('rejects files that are absent, no files, or too large, and loads one that is right', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'imglish-tokenizer-'));
  try {
    const absent = path.join(folder, 'absent.spm');
    await assert.rejects(Tokenizer.load(absent), (error) => isAppError(error, 'FILE_NOT_FOUND'));
    await assert.rejects(Tokenizer.load(folder), (error) => isAppError(error, 'FILE_UNREADABLE'));
    const huge = path.join(folder, 'huge.spm');
    await writeFile(huge, '');
    await assert.rejects(Tokenizer.load(huge), (error) => isAppError(error, 'TOKENIZER_INVALID'));
    await truncate(huge, 2 ** 40);
    await assert.rejects(Tokenizer.load(huge), (error) => isAppError(error, 'TOKENIZER_INVALID'));
    assert.equal((await Tokenizer.load(fixturePath)).vocabularySize, 2002);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('takes unknown fields, and specifications in several parts, as protobuf allows', () => {
  const model = makeVocabulary([letter], { trainerSpec: { modelType: 1 } });
  const normalizer = makeModel([], { normalizerSpec: { addDummyPrefix: false } });
  const unknownField = Uint8Array.of(0xfa, 0x3e, 2, 1, 2);
  const joined = Buffer.concat([unknownField, normalizer, model, unknownField]);
  assert.deepEqual(assertTaken(joined).encode('a'), [4]);
  const twice = Buffer.concat([model, normalizer, makeModel([], { trainerSpec: { modelType: 2 } })]);
  assertRefused(twice, /byte pair encoding/);
});
