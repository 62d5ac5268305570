/**
 * The character map: its meaning against Unicode itself, and maps that lie.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isAppError } from '../../../model/errors.ts';
import { Charsmap } from '../../../model/text/charsmap.ts';
import { Tokenizer } from '../../../model/text/index.ts';
import { Normalizer } from '../../../model/text/normalizer.ts';
import { readVocabulary } from '../../../model/text/vocabulary.ts';
import { fixturesFolder } from '../../support/paths.ts';
import { makeCharsmap, makeCyclicUnits, makeVocabulary } from './model-maker.ts';

function charsmapOf(name: string): Uint8Array {
  const bytes = new Uint8Array(readFileSync(path.join(fixturesFolder, 'tokenizer', `${name}.model`)));
  return readVocabulary(bytes, name).normalization.charsmap;
}

function normalizerOf(charsmap: Uint8Array): (text: string) => string {
  const settings = {
    charsmap,
    addDummyPrefix: false,
    removeExtraWhitespaces: false,
    escapeWhitespaces: false,
    whitespaceAsSuffix: false,
  };
  const normalizer = new Normalizer(settings, Charsmap.parse(charsmap, 'test'), undefined);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (text) => decoder.decode(normalizer.normalize(text));
}

function assertRefused(bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => Charsmap.parse(bytes, 'test.spm'),
    (error) => isAppError(error, 'TOKENIZER_INVALID') && message.test(error.message),
  );
}

/** Letters, signs, compatibility forms and Hangul, all older than the Unicode version of the map. */
const ranges: readonly (readonly [number, number])[] = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0x2af],
  [0x400, 0x45f],
  [0x1e00, 0x1e99],
  [0x2100, 0x2138],
  [0x2460, 0x24ea],
  [0x3131, 0x318e],
  [0x3300, 0x33fe],
  [0xac00, 0xac80],
  [0xf900, 0xfa0d],
  [0xfb00, 0xfb06],
  [0xff01, 0xff5d],
  [0xff5f, 0xffbe],
];

test('nmt_nfkc maps letters and signs as Unicode normalisation form KC does', () => {
  const normalize = normalizerOf(charsmapOf('unigram_nmt_nfkc'));
  let count = 0;
  for (const [first, last] of ranges) {
    for (let code = first; code <= last; code += 1) {
      const text = `x${String.fromCodePoint(code)}x`;
      assert.equal(normalize(text), text.normalize('NFKC'), `U+${code.toString(16)}`);
      count += 1;
    }
  }
  assert.ok(count > 1500);
  for (const text of ['e\u0301', 'o\u0323\u0302', '\u1112\u1161\u11ab', 'A\u030a']) {
    assert.equal(normalize(text), text.normalize('NFKC'), JSON.stringify(text));
  }
});

test('nmt_nfkc_cf folds case besides', () => {
  const normalize = normalizerOf(charsmapOf('unigram_nmt_nfkc_cf'));
  assert.equal(normalize('HELLO ÀÉÎ ΟΔΟΣ ПРИВЕТ ＡＢＣ'), 'hello àéî οδοσ привет abc');
  assert.equal(normalizerOf(charsmapOf('unigram_nmt_nfkc'))('HELLO'), 'HELLO');
});

test('rejects lengths and values that point outside the map', () => {
  const whole = charsmapOf('unigram_nmt_nfkc');
  Charsmap.parse(whole, 'test');
  assertRefused(whole.subarray(0, 3), /has 3 bytes/);
  assertRefused(whole.subarray(0, 4), /expected fewer than the 0 that follow/);
  assertRefused(whole.subarray(0, 100_000), /says its array has/);
  assertRefused(whole.subarray(0, whole.length - 1), /does not end in a NUL/);
  for (const length of [0, 1, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff]) {
    const damaged = whole.slice();
    new DataView(damaged.buffer).setUint32(0, length, true);
    assertRefused(damaged, /says its array has/);
  }
  assertRefused(
    makeCharsmap(makeCyclicUnits(2), 'b\0'),
    /points to replacement byte 2, expected less than 2/,
  );
  Charsmap.parse(makeCharsmap(makeCyclicUnits(1), 'b\0'), 'test');
  assertRefused(
    makeCharsmap(makeCyclicUnits(0), `${'b'.repeat(1025)}\0`),
    /1025 bytes, expected at most 1024/,
  );
  Charsmap.parse(makeCharsmap(makeCyclicUnits(0), `${'b'.repeat(1024)}\0`), 'test');
});

test('a tokenizer with a damaged map is refused as a whole', () => {
  const pieces = [{ piece: 'a', score: -1 }];
  const broken = makeVocabulary(pieces, { normalizerSpec: { precompiledCharsmap: Uint8Array.of(1, 2) } });
  assert.throws(
    () => Tokenizer.parse(broken, 'test.spm'),
    (error) => isAppError(error, 'TOKENIZER_INVALID'),
  );
});

test('follows a map that runs in a circle no further than the longest rule may be', () => {
  const normalize = normalizerOf(makeCharsmap(makeCyclicUnits(0), 'b\0'));
  assert.equal(normalize('a'), 'b');
  assert.equal(normalize(`xa${'a'.repeat(255)}x`), 'xbx');
  assert.equal(normalize('a'.repeat(256 * 3 + 1)), 'bbbb');
  const started = performance.now();
  normalize('a'.repeat(1_000_000));
  assert.ok(performance.now() - started < 2000);
});

test('finds nothing where a map points outside its array', () => {
  const letter = 'a'.charCodeAt(0);
  const text = 'any text, é 🍕';
  for (const unit of [0x7ffffc00, 0x7ffffe00, 0x7fffff00, 0x7fffff00 | letter]) {
    assert.equal(normalizerOf(makeCharsmap(new Uint32Array(256).fill(unit), 'b\0'))(text), text);
  }
  const node = 0x100 ^ letter;
  const valueOutside = makeCyclicUnits(0);
  valueOutside[node] = 0x7ffffd00 | letter;
  assert.equal(normalizerOf(makeCharsmap(valueOutside, 'b\0'))(text), text);
  const valueUnmarked = makeCyclicUnits(0);
  valueUnmarked[0x100] = 0x7fffffff;
  assert.equal(normalizerOf(makeCharsmap(valueUnmarked, 'b\0'))(text), text);
  assert.equal(normalizerOf(makeCharsmap(makeCyclicUnits(0), 'b\0'))(text), text.replace('a', 'b'));
});

test('refuses to lengthen a text beyond the limit', () => {
  const normalize = normalizerOf(makeCharsmap(makeCyclicUnits(0), `${'b'.repeat(1024)}\0`));
  const text = 'ax'.repeat(10_000);
  assert.equal(normalize(text).length, 10_000 * 1025);
  assert.throws(
    () => normalize('ax'.repeat(20_000)),
    (error) => isAppError(error, 'LIMIT_EXCEEDED'),
  );
});

test('a rule that ends inside a character leaves replacement characters, not damaged text', () => {
  const lead = 0xc3;
  const base = 0x100;
  const units = new Uint32Array(0x200);
  units[0] = base << 10;
  units[base ^ lead] = (lead << 10) | 0x100 | lead;
  units[base] = 0x80000000;
  const normalize = normalizerOf(makeCharsmap(units, 'b\0'));
  assert.equal(normalize('xéx'), 'xb\ufffdx');
});
