/**
 * One hit for each photo: copies and look-alikes under the best of them.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { cosine, findNearDuplicates, type Library } from '../../indexer/index.ts';
import { isAppError } from '../../model/index.ts';
import { SearchEngine, type Collapse, type SearchHit } from '../../query/index.ts';
import { addContents, openMade, type MadeContent } from '../indexer/duplicates/made-library.ts';
import { near } from '../indexer/vectors/clustered-vectors.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import { randomNumbers } from '../support/photo-folder.ts';

const BURSTS = 40;
const BURST_PHOTOS = 6;

interface Made {
  readonly library: Library;
  readonly engine: SearchEngine;
  readonly contents: readonly MadeContent[];
  /** of `contents`, in order */
  readonly ids: readonly number[];
}

/** Bursts of photos that look alike, the bursts at growing distances from the word "red". */
async function bursts(context: TestContext, places = 1): Promise<Made> {
  const embedder = new ColourEmbedder();
  const library = await openMade(context, embedder);
  const [red] = await embedder.encodeTexts(['red']);
  assert.ok(red !== undefined);
  const random = randomNumbers(21);
  const contents = Array.from({ length: BURSTS }, (_, burst) => {
    const centre = near(red.vector, 0.6 + burst * 0.03, random);
    return Array.from({ length: BURST_PHOTOS }, (__, photo) => ({
      name: `burst ${burst} photo ${photo}`,
      vector: near(centre, 0.1, random),
      places,
    }));
  }).flat();
  const ids = addContents(library, contents);
  await library.catchUp();
  return { library, engine: new SearchEngine({ library, embedder }), contents, ids };
}

async function search(
  { engine }: Made,
  collapse: Collapse | undefined,
  limit = 1000,
  without: readonly number[] = [],
): Promise<readonly SearchHit[]> {
  const { hits } = await engine.search({
    text: 'red',
    limit,
    without,
    ...(collapse !== undefined && { collapse }),
  });
  for (const [index, hit] of hits.entries()) {
    assert.equal(hit.rank, index + 1);
    assert.ok(hit.score <= (hits[index - 1]?.score ?? 2));
    assert.equal(hit.id, hit.image.id);
    assert.equal(hit.stackSize, 1 + hit.copies.length + hit.alike.length);
  }
  return hits;
}

/** The number of the burst that a hit is of. */
function burstOf({ image }: Pick<SearchHit, 'image'>): number {
  return Number(/burst (\d+)/.exec(image.path)?.[1]);
}

describe('a search', () => {
  it('gives a photo with all its places as one hit, unless each file is wanted', async (context) => {
    const made = await bursts(context, 3);
    const each = await search(made, 'none');
    assert.equal(each.length, BURSTS * BURST_PHOTOS * 3);
    assert.ok(each.every(({ stackSize }) => stackSize === 1));
    for (const collapse of ['exact', undefined] as const) {
      const hits = await search(made, collapse);
      assert.equal(hits.length, BURSTS * BURST_PHOTOS);
      assert.ok(
        hits.every(
          ({ stackSize, copies, alike }) => stackSize === 3 && copies.length === 2 && alike.length === 0,
        ),
      );
      const listed = hits.flatMap(({ image, copies }) => [image, ...copies].map(({ id }) => id));
      assert.deepEqual(new Set(listed), new Set(each.map(({ id }) => id)));
    }
  });

  it('puts look-alikes under the best of them, none twice and none lost', async (context) => {
    const made = await bursts(context, 2);
    await findNearDuplicates(made.library);
    const hits = await search(made, 'near');
    const expected = folded(await search(made, 'exact'), made);
    assert.ok(hits.length < BURSTS * 2 && hits.length >= BURSTS, `${hits.length} hits`);
    assert.deepEqual(
      hits.map(({ image, alike }) => [image.contentId, ...new Set(alike.map((one) => one.image.contentId))]),
      expected,
    );
    const all = hits.flatMap(({ id, copies, alike }) => [
      id,
      ...copies.map((one) => one.id),
      ...alike.map((one) => one.id),
    ]);
    assert.equal(new Set(all).size, all.length);
    assert.equal(all.length, BURSTS * BURST_PHOTOS * 2);
    for (const hit of hits) {
      assert.ok(hit.alike.every((one) => burstOf(one) === burstOf(hit) && one.score <= hit.score));
    }
  });

  it('leaves out what is not to be shown: a file, a photo with its copies, or with what looks like it, too', async (context) => {
    const made = await bursts(context, 2);
    await findNearDuplicates(made.library);
    const best = (await search(made, 'near'))[0];
    assert.ok(best !== undefined && best.alike.length > 0 && best.copies.length === 1);
    const without = [best.id];
    const each = await search(made, 'none', undefined, without);
    assert.equal(each.length, BURSTS * BURST_PHOTOS * 2 - 1);
    assert.ok(each.some(({ id }) => id === best.copies[0]?.id));
    const exact = await search(made, 'exact', undefined, without);
    assert.equal(exact.length, BURSTS * BURST_PHOTOS - 1);
    assert.ok(exact.every(({ image }) => image.contentId !== best.image.contentId));
    const folds = await search(made, 'near', undefined, without);
    const gone = new Set([best, ...best.copies, ...best.alike].map(({ id }) => id));
    const shown = folds.flatMap(({ id, copies, alike }) => [
      id,
      ...[...copies, ...alike].map((one) => one.id),
    ]);
    assert.ok(folds.length > 0 && shown.every((id) => !gone.has(id)));
    await assert.rejects(search(made, 'exact', undefined, [0]), (error) =>
      isAppError(error, 'INVALID_ARGUMENT'),
    );
  });

  it('is filled up with other photos where look-alikes stood', async (context) => {
    const made = await bursts(context);
    await findNearDuplicates(made.library);
    const plain = await search(made, 'exact', 30);
    const hits = await search(made, 'near', 30);
    assert.deepEqual([plain.length, hits.length], [30, 30]);
    assert.ok(new Set(plain.map(burstOf)).size < 15);
    assert.ok(new Set(hits.map(burstOf)).size > 24);
    assert.deepEqual(
      hits.slice(0, 10).map(({ id }) => id),
      (await search(made, 'near')).slice(0, 10).map(({ id }) => id),
    );
  });

  it('folds what was not compared yet only where the cosine alone says so', async (context) => {
    const embedder = new ColourEmbedder();
    const library = await openMade(context, embedder);
    const [red] = await embedder.encodeTexts(['red']);
    assert.ok(red !== undefined);
    const random = randomNumbers(22);
    const beside = near(red.vector, 0.35, random);
    addContents(library, [
      { name: 'photo', vector: red.vector, grid: null },
      { name: 'the same', vector: near(red.vector, 0.05, random), grid: null },
      { name: 'alike', vector: beside, grid: null },
    ]);
    await library.catchUp();
    assert.ok(cosine(red.vector, beside) > 0.92);
    const engine = new SearchEngine({ library, embedder });
    const { hits } = await engine.search({ text: 'red', collapse: 'near' });
    assert.deepEqual(
      hits.map(({ stackSize }) => stackSize),
      [2, 1],
    );
  });

  it('uses the threshold that the library was compared with', async (context) => {
    const made = await bursts(context);
    const before = await search(made, 'near');
    await findNearDuplicates(made.library, { threshold: 0.999 });
    assert.equal((await search(made, 'near')).length, BURSTS * BURST_PHOTOS);
    await findNearDuplicates(made.library, { threshold: 0.9 });
    assert.equal((await search(made, 'near')).length, before.length);
  });

  it('refuses another word for collapsing', async (context) => {
    const { engine } = await bursts(context);
    await assert.rejects(engine.search({ text: 'red', collapse: 'all' as Collapse }), (error) =>
      isAppError(error, 'INVALID_ARGUMENT'),
    );
  });

  it('looks at the event loop while it folds', async (context) => {
    const made = await bursts(context);
    let turns = 0;
    let isRunning = true;
    const count = (): void => {
      turns += 1;
      if (isRunning) setImmediate(count);
    };
    setImmediate(count);
    const start = performance.now();
    for (let round = 0; round < 10; round += 1) await search(made, 'near');
    isRunning = false;
    const expected = (performance.now() - start) / 8 / 5;
    assert.ok(turns > expected, `${turns} turns, expected more than ${expected}`);
  });
});

/** What the folding should give: contents, best first, each under the first that it looks like. */
function folded(hits: readonly SearchHit[], { contents, ids }: Made): number[][] {
  const vectors = new Map(ids.map((id, index) => [id, contents[index]?.vector ?? new Float32Array()]));
  const vectorOf = (id: number): Float32Array => vectors.get(id) ?? new Float32Array();
  const groups: number[][] = [];
  for (const { image } of hits) {
    const own = vectorOf(image.contentId);
    const group = groups.find(([first = 0]) => cosine(vectorOf(first), own) >= 0.9);
    if (group === undefined) groups.push([image.contentId]);
    else group.push(image.contentId);
  }
  return groups;
}
