/**
 * Vectors of words that were asked for before.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, isAppError, type EncodedText } from '../../model/index.ts';
import { SearchEngine } from '../../query/index.ts';
import { TextVectors } from '../../query/retrieval/text-vectors.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import { madeSearch } from './engine/made-search.ts';

/** Keeps what it was asked for; refuses a text without words, as a network does. */
class Counting extends ColourEmbedder {
  readonly asked: string[][] = [];

  override async encodeTexts(texts: readonly string[]): Promise<EncodedText[]> {
    this.asked.push([...texts]);
    if (texts.includes('')) throw new AppError('TEXT_INVALID', 'a text without words');
    return super.encodeTexts(texts);
  }
}

test('words that were asked for before are not encoded again, and their vectors are the same', async () => {
  const embedder = new Counting();
  const vectors = new TextVectors();
  const first = await vectors.encode(embedder, ['red', 'green', 'red']);
  assert.deepEqual(first, await new ColourEmbedder().encodeTexts(['red', 'green', 'red']));
  const second = await vectors.encode(embedder, ['blue', 'green', 'red']);
  assert.deepEqual(second.slice(1), [first[1], first[0]]);
  await vectors.encode(embedder, ['red', 'blue']);
  assert.deepEqual(embedder.asked, [['red', 'green'], ['blue']]);
});

test('each model has vectors of its own', async () => {
  const [one, other] = [new Counting(), new Counting()];
  const vectors = new TextVectors();
  await vectors.encode(one, ['red']);
  await vectors.encode(other, ['red']);
  assert.deepEqual([one.asked, other.asked], [[['red']], [['red']]]);
});

test('what was not asked for longest is forgotten where the room ends', async () => {
  const embedder = new Counting();
  const [{ vector } = { vector: new Float32Array() }] = await embedder.encodeTexts(['red']);
  const vectors = new TextVectors(2 * (vector.byteLength + 2 * 'black'.length));
  embedder.asked.length = 0;
  for (const text of ['red', 'black', 'red', 'green', 'red', 'black']) await vectors.encode(embedder, [text]);
  assert.deepEqual(embedder.asked, [['red'], ['black'], ['green'], ['black']]);
});

test('a refused text is refused again', async () => {
  const embedder = new Counting();
  const vectors = new TextVectors();
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(vectors.encode(embedder, ['red', '']), (error) => isAppError(error, 'TEXT_INVALID'));
  }
  await vectors.encode(embedder, ['red']);
  assert.equal(embedder.asked.length, 3);
});

test('the same search again asks the network for nothing', async (context) => {
  const { library } = await madeSearch(context, 30);
  const embedder = new Counting();
  const engine = new SearchEngine({ library, embedder });
  const request = { text: 'red', negative: [{ text: 'green' }] };
  const { hits } = await engine.search(request);
  assert.deepEqual((await engine.search(request)).hits, hits);
  assert.equal(embedder.asked.length, 1);
  await engine.search({ text: 'blue' });
  assert.equal(embedder.asked.length, 2);
});
