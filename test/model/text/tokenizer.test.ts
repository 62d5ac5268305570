/**
 * Rows, numbering, options, limits and speed of the tokenizer.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isAppError } from '../../../model/errors.ts';
import { padRows, specialIds, Tokenizer } from '../../../model/text/index.ts';
import { TEXT_LENGTH_MAX } from '../../../model/text/normalizer.ts';
import { pieceType } from '../../../model/text/vocabulary.ts';
import { fixturesFolder, sharedFolder, skipWithout } from '../../support/paths.ts';
import { makeVocabulary, type ModelInit } from './model-maker.ts';

function fixture(name: string): Promise<Tokenizer> {
  return Tokenizer.load(path.join(fixturesFolder, 'tokenizer', `${name}.model`));
}

const letters = ['\u2581', ' ', 'a', 'b'].map((piece) => ({ piece, score: -1 }));

function piecesOf(text: string, rest: ModelInit): string[] {
  return Tokenizer.parse(makeVocabulary(letters, rest), 'test.spm').encodePieces(text);
}

test('a row starts with <s>, ends with </s> and says what it left out', async () => {
  const tokenizer = await fixture('unigram_nmt_nfkc');
  const ids = tokenizer.encode('A black dog is running in the snow .');
  const whole = tokenizer.encodeRow('A black dog is running in the snow .', 64);
  assert.deepEqual(whole, {
    ids: [specialIds.bos, ...ids, specialIds.eos],
    truncated: false,
    tokenCount: ids.length,
  });
  const exact = tokenizer.encodeRow('A black dog is running in the snow .', ids.length + 2);
  assert.deepEqual(exact, whole);
  const cut = tokenizer.encodeRow('A black dog is running in the snow .', ids.length + 1);
  assert.deepEqual(cut.ids, [specialIds.bos, ...ids.slice(0, -1), specialIds.eos]);
  assert.equal(cut.truncated, true);
  assert.equal(cut.tokenCount, ids.length);
});

test('rejects texts without words and rows without room, and takes the shortest of both', async () => {
  const tokenizer = await fixture('unigram_nmt_nfkc');
  for (const text of ['', ' ', '\t\r\n', '\u200b', '\u3000 \u00a0']) {
    assert.deepEqual(tokenizer.encode(text), []);
    assert.throws(
      () => tokenizer.encodeRow(text, 64),
      (error) => isAppError(error, 'TEXT_INVALID'),
    );
  }
  assert.equal(tokenizer.encodeRow('.', 64).ids.length, 3);
  for (const length of [2, 0, -1, 3.5, NaN, Infinity]) {
    assert.throws(
      () => tokenizer.encodeRow('a dog', length),
      (error) => isAppError(error, 'INVALID_ARGUMENT'),
    );
  }
  assert.equal(tokenizer.encodeRow('a dog', 3).ids.length, 3);
});

test('pads rows to the longest of them or to a given length', () => {
  const rows = [
    [0, 7, 8, 2],
    [0, 9, 2],
  ];
  const padded = padRows(rows);
  assert.equal(padded.batch, 2);
  assert.equal(padded.length, 4);
  assert.deepEqual([...padded.inputIds], [0n, 7n, 8n, 2n, 0n, 9n, 2n, 1n]);
  assert.deepEqual([...padded.paddingMask], [0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n]);
  assert.equal(padRows(rows, 6).inputIds.length, 12);
  assert.equal(padRows(rows, 4).length, 4);
  assert.deepEqual(padRows([]), {
    inputIds: new BigInt64Array(0),
    paddingMask: new BigInt64Array(0),
    batch: 0,
    length: 0,
  });
  for (const length of [3, 4.5, NaN, -1]) {
    assert.throws(
      () => padRows(rows, length),
      (error) => isAppError(error, 'INVALID_ARGUMENT'),
    );
  }
});

test('takes a lone surrogate for the replacement character, as UTF-8 does', async () => {
  for (const name of ['unigram_nmt_nfkc', 'unigram_byte_fallback', 'unigram_identity_flags']) {
    const tokenizer = await fixture(name);
    for (const surrogate of ['\ud83c', '\udf55', '\ud83c\ud83c', '\udf55\ud83c']) {
      const replaced = '\ufffd'.repeat(surrogate.length);
      const text = `a dog${surrogate} and a cat`;
      assert.deepEqual(
        tokenizer.encodePieces(text),
        tokenizer.encodePieces(text.replace(surrogate, replaced)),
      );
    }
    assert.notDeepEqual(tokenizer.encodePieces('a\ud83c\udf55'), tokenizer.encodePieces('a\ud83c'));
  }
});

test('lower-cases and collapses white space only where it is told to', () => {
  const bytes = readFileSync(path.join(fixturesFolder, 'tokenizer', 'unigram_identity_flags.model'));
  const options = { lowercase: true, collapseWhitespace: true };
  const plain = Tokenizer.parse(bytes, 'test.model');
  const folded = Tokenizer.parse(bytes, 'test.model', options);
  const text = ' \u001cA\u0085BLACK\u2003\u00a0 DOG\t\n';
  assert.deepEqual(folded.encode(text), plain.encode('a black dog'));
  assert.notDeepEqual(plain.encode(text), plain.encode('a black dog'));
  assert.deepEqual(folded.encode('\ufeffx\u200b'), plain.encode('\ufeffx\u200b'));
  assert.deepEqual(folded.encode(' \n '), []);
});

test('reads special tokens in the text only where it is told to', async () => {
  const tokenizer = await fixture('unigram_nmt_nfkc');
  const specialTokens = true;
  assert.equal(tokenizer.encode('a <mask> dog').includes(tokenizer.maskId), false);
  assert.equal(tokenizer.encode('a <mask> dog', { specialTokens }).includes(tokenizer.maskId), true);
  assert.deepEqual(tokenizer.encode('<s><s></s>', { specialTokens }), [0, 0, 2]);
  assert.deepEqual(tokenizer.encode('a dog', { specialTokens }), tokenizer.encode('a dog'));
});

test('decodes special tokens, broken byte runs and names ids that are not its own', async () => {
  const tokenizer = await fixture('unigram_byte_fallback');
  const row = tokenizer.encodeRow('犬 dog', 64).ids;
  assert.equal(tokenizer.decode([...row, specialIds.pad, specialIds.pad]), '犬 dog');
  const dog = tokenizer.encode('犬');
  assert.equal(dog.length, 4);
  assert.equal(tokenizer.decode(dog.slice(0, -1)), '\ufffd\ufffd', 'one for each byte that is left');
  assert.equal(tokenizer.decode(dog.slice(2)), '\ufffd\ufffd');
  assert.equal(tokenizer.decode([...dog, tokenizer.maskId, ...dog]), '犬<mask> 犬');
  assert.equal(tokenizer.decode([]), '');
  for (const id of [-1, tokenizer.vocabularySize, 1.5, NaN]) {
    assert.throws(
      () => tokenizer.decode([id]),
      (error) => isAppError(error, 'INVALID_ARGUMENT'),
    );
  }
  assert.equal(tokenizer.decode([tokenizer.vocabularySize - 1]), '<mask>');
});

test('follows every setting of the normalizer', () => {
  const text = ' a  b ';
  const mark = '\u2581';
  assert.deepEqual(piecesOf(text, {}), [mark, 'a', mark, 'b']);
  const noPrefix = { normalizerSpec: { addDummyPrefix: false } };
  assert.deepEqual(piecesOf(text, noPrefix), ['a', mark, 'b']);
  const allSpaces = { normalizerSpec: { removeExtraWhitespaces: false } };
  assert.deepEqual(piecesOf(text, allSpaces), [mark, mark, 'a', mark, mark, 'b', mark]);
  const plainSpaces = { normalizerSpec: { escapeWhitespaces: false } };
  assert.deepEqual(piecesOf(text, plainSpaces), [' ', 'a', ' ', 'b']);
  const suffix = { trainerSpec: { treatWhitespaceAsSuffix: true } };
  assert.deepEqual(piecesOf(text, suffix), ['a', mark, 'b', mark]);
  assert.deepEqual(piecesOf(' ', suffix), []);
});

test('keeps user-defined symbols from the character map, the longest first', () => {
  const symbols = ['[ ]', '[ ] [ ]'].map((piece) => ({ piece, type: pieceType.userDefined }));
  const tokenizer = Tokenizer.parse(makeVocabulary([...symbols, ...letters]), 'test.spm');
  // Spaces within a symbol are marked like any others, so such a symbol is kept whole but matches no piece.
  assert.deepEqual(tokenizer.encodePieces('a [ ]'), ['\u2581', 'a', '\u2581', '[', '\u2581', ']']);
});

test('decodes the unknown piece as the model says', () => {
  const rest = { trainerSpec: { unkSurface: '?' } };
  assert.equal(Tokenizer.parse(makeVocabulary(letters, rest), 'test.spm').decode([4, 3, 6]), '?a');
  assert.equal(Tokenizer.parse(makeVocabulary(letters), 'test.spm').decode([4, 3, 6]), ' \u2047 a');
});

test('drops one leading space or all of them, as the model removes extra ones or not', () => {
  const spaces = [4, 4, 4, 6];
  assert.equal(Tokenizer.parse(makeVocabulary(letters), 'test.spm').decode(spaces), 'a');
  const keeping = makeVocabulary(letters, { normalizerSpec: { removeExtraWhitespaces: false } });
  assert.equal(Tokenizer.parse(keeping, 'test.spm').decode(spaces), '  a');
});

test('refuses a text of absurd length and takes one of just the limit', () => {
  const tokenizer = Tokenizer.parse(makeVocabulary(letters), 'test.spm');
  assert.equal(tokenizer.encode(' '.repeat(TEXT_LENGTH_MAX)).length, 0);
  assert.throws(
    () => tokenizer.encode(' '.repeat(TEXT_LENGTH_MAX + 1)),
    (error) => isAppError(error, 'LIMIT_EXCEEDED'),
  );
});

test('cuts a megabyte of any kind in seconds', async () => {
  const tokenizer = await fixture('unigram_byte_fallback');
  const hostile = Tokenizer.parse(
    makeVocabulary([1, 2, 64, 511, 512].map((length) => ({ piece: 'a'.repeat(length), score: -length }))),
    'test.spm',
  );
  const megabyte = 1_000_000;
  const texts = ['a', 'a dog runs ', ' ', '犬', '🍕', '\ud800', '<'].map((part) =>
    part.repeat(megabyte / part.length),
  );
  // Processor time: a busy machine must not fail it. A quadratic algorithm would take hours.
  const started = process.cpuUsage();
  for (const text of texts) tokenizer.encode(text);
  const plainMs = process.cpuUsage(started).user / 1000;
  assert.ok(plainMs < 30_000, `${plainMs} ms for ${texts.length} texts`);
  const hostileStarted = process.cpuUsage();
  assert.ok(hostile.encode('a'.repeat(megabyte / 4)).length > megabyte / 4 / 512);
  assert.ok(process.cpuUsage(hostileStarted).user < 30_000_000);
});

test(
  'numbers captions as the built-in model was trained on them',
  { skip: skipWithout('nano/tokenizer.spm') },
  async () => {
    const folder = path.join(sharedFolder, 'nano');
    const options = { lowercase: true, collapseWhitespace: true };
    const tokenizer = await Tokenizer.load(path.join(folder, 'tokenizer.spm'), options);
    const reference = JSON.parse(readFileSync(path.join(folder, 'reference.json'), 'utf8')) as {
      captions: string[];
      tokenIds: number[][];
    };
    assert.deepEqual(
      reference.captions.map((caption) => tokenizer.encodeRow(caption, 40).ids),
      reference.tokenIds,
    );
    assert.equal(tokenizer.vocabularySize, 5002);
  },
);
