/**
 * Fixtures of tokenizers: every string through every model.
 * Source: shared/fixtures/README.md, "tokenizer". Deviation: none.
 */
import { z } from 'zod';
import { isAppError } from '../../errors.ts';
import { padRows, Tokenizer } from '../../text/index.ts';
import type { Fixture } from './fixture.ts';
import { compareExactly } from './report.ts';
import type { Work } from './work.ts';

const integers = z.array(z.int().nonnegative());
const strings = z.array(z.string());

const rowSchema = z.union([
  z.looseObject({ error: z.string() }),
  z.looseObject({ tokens: integers, padding_mask: integers }),
]);

const resultSchema = z.looseObject({
  pieces: strings,
  ids: integers,
  fairseq_ids: integers,
  decoded: z.string(),
});

const literalSchema = z.looseObject({
  plain_pieces: strings,
  plain_fairseq_ids: integers,
  split_tokens: strings,
  split_fairseq_ids: integers,
});

const modelSchema = z.looseObject({
  name: z.string().min(1),
  file: z.string().min(1),
  tokenizer_vocab_size: z.int().positive(),
  mask_id: z.int().positive(),
  results: z.array(resultSchema),
  /** missing or empty where a model was not tried with them */
  special_literals: z.array(literalSchema).nullish(),
});

const expectedSchema = z.looseObject({
  strings,
  special_literals: strings,
  models: z.array(modelSchema),
});

const manifestSchema = z.looseObject({
  expected: z.string().min(1),
  models: z.array(z.looseObject({ name: z.string().min(1), file: z.string().min(1) })).nonempty(),
});

type Model = z.infer<typeof modelSchema>;

/** `segment_64`: the row that the official data set builds with 64 tokens */
const segment = /^segment_(\d{1,4})$/;

export async function verifyTokenizers(fixture: Fixture, work: Work): Promise<void> {
  const { expected: file, models } = fixture.manifestAs(manifestSchema);
  const expected = await fixture.readJson(file, expectedSchema);
  for (const listed of models) {
    const model = expected.models.find(({ name }) => name === listed.name);
    if (model === undefined) throw fixture.invalid(`"${listed.name}" is not described in ${file}`);
    if (model.results.length !== expected.strings.length) {
      throw fixture.invalid(`${file}: "${model.name}" has not one result for each string`);
    }
    const tokenizer = await Tokenizer.load(await fixture.existing(listed.file));
    verifyModel(work, tokenizer, model, expected.strings);
    if ((model.special_literals ?? []).length > 0) {
      verifyLiterals(work, tokenizer, model, expected.special_literals);
    }
  }
  for (const { name } of expected.models) {
    if (!models.some((model) => model.name === name)) work.skipped.push({ name, reason: 'not in this copy' });
  }
}

function verifyModel(work: Work, tokenizer: Tokenizer, model: Model, texts: readonly string[]): void {
  const { name, results } = model;
  const sizes = new Differences();
  sizes.check('vocabulary size', tokenizer.vocabularySize, model.tokenizer_vocab_size);
  sizes.check('mask id', tokenizer.maskId, model.mask_id);
  work.add(compareExactly(`${name}/sizes`, 2, sizes.list));

  type Part = readonly [string, (text: string) => unknown, (index: number) => unknown];
  const parts: readonly Part[] = [
    ['pieces', (text) => tokenizer.encodePieces(text), (index) => results[index]?.pieces],
    ['ids', (text) => tokenizer.encodePieceIds(text), (index) => results[index]?.ids],
    ['fairseq_ids', (text) => tokenizer.encode(text), (index) => results[index]?.fairseq_ids],
    ['decoded', (text) => tokenizer.decode(tokenizer.encode(text)), (index) => results[index]?.decoded],
    ...segmentsOf(results).map((key): Part => {
      const length = Number(segment.exec(key)?.[1]);
      return [key, (text) => rowOf(tokenizer, text, length), (index) => expectedRow(results[index]?.[key])];
    }),
  ];
  for (const [part, found, wanted] of parts) {
    const differences = new Differences();
    for (const [index, text] of texts.entries()) {
      differences.check(JSON.stringify(text.slice(0, 60)), found(text), wanted(index));
    }
    work.add(compareExactly(`${name}/${part}`, texts.length, differences.list));
  }
}

function verifyLiterals(work: Work, tokenizer: Tokenizer, model: Model, texts: readonly string[]): void {
  const differences = new Differences();
  const specialTokens = true;
  for (const [index, text] of texts.entries()) {
    const expected = model.special_literals?.[index];
    const shown = JSON.stringify(text);
    differences.check(`${shown} as pieces`, tokenizer.encodePieces(text), expected?.plain_pieces);
    differences.check(`${shown} as ids`, tokenizer.encode(text), expected?.plain_fairseq_ids);
    const pieces = tokenizer.encodePieces(text, { specialTokens });
    differences.check(`${shown} as special pieces`, pieces, expected?.split_tokens);
    differences.check(
      `${shown} as special ids`,
      tokenizer.encode(text, { specialTokens }),
      expected?.split_fairseq_ids,
    );
  }
  work.add(compareExactly(`${model.name}/special_literals`, 4 * texts.length, differences.list));
}

class Differences {
  readonly list: string[] = [];

  check(name: string, found: unknown, expected: unknown): void {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    if (a !== b) this.list.push(`${name}: ${shorten(a)}, expected ${shorten(b)}`);
  }
}

function segmentsOf(results: readonly Readonly<Record<string, unknown>>[]): string[] {
  return Object.keys(results[0] ?? {}).filter((key) => segment.test(key));
}

/** The comparable part of what encodeRow and padRows make, or that the text is refused. */
function rowOf(tokenizer: Tokenizer, text: string, length: number): unknown {
  try {
    const { inputIds, paddingMask } = padRows([tokenizer.encodeRow(text, length).ids], length);
    return { tokens: Array.from(inputIds, Number), padding_mask: Array.from(paddingMask, Number) };
  } catch (error) {
    if (isAppError(error, 'TEXT_INVALID')) return 'refused';
    throw error;
  }
}

function expectedRow(value: unknown): unknown {
  const row = rowSchema.safeParse(value).data;
  if (row === undefined) return 'a row or an error';
  return 'error' in row ? 'refused' : { tokens: row.tokens, padding_mask: row.padding_mask };
}

function shorten(text: string | undefined): string {
  return text === undefined || text.length <= 200 ? String(text) : `${text.slice(0, 200)}…`;
}
