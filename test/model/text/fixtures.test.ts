/**
 * The tokenizer against what SentencePiece and the official data set make of the fixture strings.
 * Source: shared/fixtures/tokenizer. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isAppError } from '../../../model/errors.ts';
import { padRows, Tokenizer } from '../../../model/text/index.ts';
import { fixturesFolder, sharedFolder, skipWithout } from '../../support/paths.ts';

interface Row {
  readonly tokens: number[];
  readonly padding_mask: number[];
  readonly num_tokens: number;
}

interface Result {
  readonly pieces: string[];
  readonly ids: number[];
  readonly fairseq_ids: number[];
  readonly segment_64: Row | { readonly error: string };
  readonly segment_12: Row | { readonly error: string };
  readonly decoded: string;
}

interface Literal {
  readonly plain_pieces: string[];
  readonly plain_fairseq_ids: number[];
  readonly split_tokens: string[];
  readonly split_fairseq_ids: number[];
}

interface Model {
  readonly name: string;
  readonly file: string;
  readonly tokenizer_vocab_size: number;
  readonly mask_id: number;
  readonly results: Result[];
  readonly special_literals: Literal[];
}

interface Expected {
  readonly strings: string[];
  readonly special_literals: string[];
  readonly models: Model[];
}

const committedModels = [
  'unigram_nmt_nfkc',
  'unigram_byte_fallback',
  'unigram_nmt_nfkc_cf',
  'unigram_identity_flags',
];

for (const name of committedModels) {
  test(`makes of every fixture string what SentencePiece makes of it with ${name}`, async () => {
    await checkModel(path.join(fixturesFolder, 'tokenizer'), name);
  });
}

test(
  'makes of every fixture string what SentencePiece makes of it with the official 45,233 pieces',
  { skip: skipWithout('fixtures/tokenizer/beit3_first45233.spm') },
  async () => {
    await checkModel(path.join(sharedFolder, 'fixtures', 'tokenizer'), 'beit3_first45233');
  },
);

async function checkModel(folder: string, name: string): Promise<void> {
  const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Expected;
  const model = expected.models.find((candidate) => candidate.name === name);
  assert.ok(model !== undefined, `expected.json describes ${name}`);
  const tokenizer = await Tokenizer.load(path.join(folder, model.file));
  assert.equal(tokenizer.vocabularySize, model.tokenizer_vocab_size);
  assert.equal(tokenizer.maskId, model.mask_id);
  assert.equal(model.results.length, expected.strings.length);
  for (const [index, result] of model.results.entries()) {
    const text = expected.strings[index] ?? '';
    const label = JSON.stringify(text.slice(0, 60));
    assert.deepEqual(tokenizer.encodePieces(text), result.pieces, label);
    assert.deepEqual(tokenizer.encodePieceIds(text), result.ids, label);
    assert.deepEqual(tokenizer.encode(text), result.fairseq_ids, label);
    assert.equal(tokenizer.decode(result.fairseq_ids), result.decoded, label);
    checkRow(tokenizer, text, 64, result.segment_64);
    checkRow(tokenizer, text, 12, result.segment_12);
  }
  for (const [index, literal] of model.special_literals.entries()) {
    checkLiteral(tokenizer, expected.special_literals[index] ?? '', literal);
  }
}

function checkRow(tokenizer: Tokenizer, text: string, length: number, expected: Result['segment_64']): void {
  const label = `${JSON.stringify(text.slice(0, 60))} in a row of ${length}`;
  if ('error' in expected) {
    assert.throws(
      () => tokenizer.encodeRow(text, length),
      (error) => isAppError(error, 'TEXT_INVALID'),
      label,
    );
    return;
  }
  const row = tokenizer.encodeRow(text, length);
  assert.equal(row.ids.length, expected.num_tokens, label);
  assert.equal(row.truncated, row.tokenCount > length - 2, label);
  const padded = padRows([row.ids], length);
  assert.deepEqual(Array.from(padded.inputIds, Number), expected.tokens, label);
  assert.deepEqual(Array.from(padded.paddingMask, Number), expected.padding_mask, label);
}

function checkLiteral(tokenizer: Tokenizer, text: string, expected: Literal): void {
  const specialTokens = true;
  assert.deepEqual(tokenizer.encodePieces(text), expected.plain_pieces, text);
  assert.deepEqual(tokenizer.encode(text), expected.plain_fairseq_ids, text);
  assert.deepEqual(tokenizer.encodePieces(text, { specialTokens }), expected.split_tokens, text);
  assert.deepEqual(tokenizer.encode(text, { specialTokens }), expected.split_fairseq_ids, text);
}
