/**
 * Look-alikes against brute force, as the library grows, shrinks and is asked with other thresholds.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { cosine, duplicateGroups, findNearDuplicates, Library, nearState } from '../../../indexer/index.ts';
import { haveSameShape, pictureShape } from '../../../indexer/photos/picture-shape.ts';
import { isAppError } from '../../../model/index.ts';
import { randomNumbers } from '../../support/photo-folder.ts';
import { clusteredVectors, near, randomUnit } from '../vectors/clustered-vectors.ts';
import { addContents, DIMENSION, openMade, type MadeContent } from './made-library.ts';

const THRESHOLD = 0.9;

/** Clusters in which some are near enough to each other and some are not; every third of another shape. */
function clustered(count: number, seed: number): MadeContent[] {
  const random = randomNumbers(seed);
  const grids = [1, 2, 3].map(() => Uint8Array.from({ length: 64 }, () => Math.floor(random() * 256)));
  const vectors = clusteredVectors({
    count,
    dimension: DIMENSION,
    clusters: Math.floor(count / 8),
    spread: 0.35,
    seed,
  });
  return vectors.map(({ vector }, index) => ({
    name: `photo ${seed} ${index}`,
    vector,
    width: 100 + Math.floor(random() * 4) * 100,
    bytes: 1000 + Math.floor(random() * 3) * 500,
    grid: grids[index % 3] ?? null,
  }));
}

interface Group {
  readonly first: number;
  readonly members: readonly number[];
}

interface Pair {
  readonly a: number;
  readonly b: number;
  readonly score: number;
}

/** What the documentation promises: every pair compared. */
function bruteForcePairs(
  contents: readonly MadeContent[],
  ids: readonly number[],
  threshold: number,
): Pair[] {
  const pairs: Pair[] = [];
  for (const [place, one] of contents.entries()) {
    for (const [step, other] of contents.slice(place + 1).entries()) {
      const score = cosine(one.vector, other.vector);
      const shapes = [one, other].map(({ grid }) => pictureShape(grid ?? new Uint8Array(64)));
      if (score < threshold || shapes[0] === undefined || shapes[1] === undefined) continue;
      if (!haveSameShape(shapes[0], shapes[1])) continue;
      pairs.push({ a: ids[place] ?? 0, b: ids[place + 1 + step] ?? 0, score });
    }
  }
  return pairs;
}

/** The closest pairs first; two groups become one where all of them look like the best of them. */
function bruteForceGroups(
  contents: readonly MadeContent[],
  ids: readonly number[],
  pairs: readonly Pair[],
): Group[] {
  const byId = new Map(ids.map((id, index) => [id, contents[index]]));
  const quality = (id: number): readonly number[] => [
    byId.get(id)?.width ?? 0,
    byId.get(id)?.bytes ?? 0,
    -id,
  ];
  const bestFirst = (group: readonly number[]): number[] =>
    group.toSorted((a, b) => {
      const [own, other] = [quality(a), quality(b)];
      return (
        own.map((value, index) => (other[index] ?? 0) - value).find((difference) => difference !== 0) ?? 0
      );
    });
  const known = new Set(pairs.flatMap(({ a, b }) => [`${a} ${b}`, `${b} ${a}`]));
  let groups = ids.map((id) => [id]);
  const closest = pairs.toSorted((x, y) => y.score - x.score || x.a - y.a || x.b - y.b);
  for (const { a, b } of closest) {
    const both = groups.filter((group) => group.includes(a) || group.includes(b));
    if (both.length < 2) continue;
    const merged = bestFirst(both.flat());
    const [first] = merged;
    // Those that were in the group of the best look like it already.
    if (!merged.every((id) => id === first || known.has(`${first} ${id}`))) continue;
    groups = [...groups.filter((group) => !both.includes(group)), merged];
  }
  return sorted(
    groups.filter((group) => group.length > 1).map((members) => ({ first: members[0] ?? 0, members })),
  );
}

function namesOf(pairs: readonly Pair[]): string[] {
  return pairs.map(({ a, b }) => `${a} ${b}`).toSorted();
}

function sorted(groups: readonly Group[]): Group[] {
  return groups.toSorted((a, b) => b.members.length - a.members.length || a.first - b.first);
}

function found(library: Library): Group[] {
  const { groups, next } = duplicateGroups(library, 'near', { limit: 10_000 });
  assert.equal(next, null);
  return groups.map(({ id, photos }) => ({ first: id, members: photos.map(({ image }) => image.contentId) }));
}

async function assertAsBruteForce(
  library: Library,
  contents: readonly MadeContent[],
  ids: readonly number[],
  threshold = THRESHOLD,
): Promise<number> {
  const report = await findNearDuplicates(library, { threshold });
  const expected = bruteForcePairs(contents, ids, threshold);
  const { nearDuplicates } = library.store;
  const pairs = nearDuplicates
    .pairs(library.generation.id, threshold, undefined, 100_000)
    .map(({ contentA, contentB, score }) => ({ a: contentA, b: contentB, score }));
  assert.deepEqual(namesOf(pairs), namesOf(expected));
  const scores = new Map(expected.map(({ a, b, score }) => [`${a} ${b}`, score]));
  for (const { a, b, score } of pairs) {
    assert.ok(Math.abs(score - (scores.get(`${a} ${b}`) ?? 0)) < 1e-5);
  }
  // Of the scores that the index gave: the last digit of another sum may change which pair is the closer one.
  const groups = bruteForceGroups(contents, ids, pairs);
  assert.ok(groups.length > 5, `${groups.length} groups are no test`);
  assert.deepEqual([report.pairs, report.groups], [pairs.length, groups.length]);
  assert.deepEqual(found(library), groups);
  return report.compared;
}

describe('look-alikes', () => {
  it('are those that brute force finds, in the same groups, best photo first', async (context) => {
    const library = await openMade(context);
    const contents = clustered(600, 1);
    const ids = addContents(library, contents);
    assert.equal(await assertAsBruteForce(library, contents, ids), 600);
  });

  it('of new photos are found without comparing the old ones again', async (context) => {
    const library = await openMade(context);
    const contents = clustered(400, 2);
    const ids = addContents(library, contents.slice(0, 250));
    assert.equal((await findNearDuplicates(library, { threshold: THRESHOLD })).compared, 250);
    assert.equal((await findNearDuplicates(library, { threshold: THRESHOLD })).compared, 0);
    ids.push(...addContents(library, contents.slice(250)));
    assert.equal(nearState(library).pending, 150);
    assert.equal(await assertAsBruteForce(library, contents, ids), 150);
    assert.equal(nearState(library).pending, 0);
  });

  it('go with the photos that are removed, and the groups are made anew', async (context) => {
    const library = await openMade(context);
    const contents = clustered(400, 3);
    const ids = addContents(library, contents);
    await findNearDuplicates(library, { threshold: THRESHOLD });
    const [largest] = found(library);
    assert.ok(largest !== undefined && largest.members.length > 3);
    const isLeft = (id: number): boolean => id % 4 !== 0 && id !== largest.first;
    const removed = ids.filter((id) => !isLeft(id));
    library.store.images.remove(
      removed.flatMap((id) => library.store.images.places(id, 1).map((place) => place.id)),
    );
    assert.equal(library.store.images.removeOrphans(0, 1000).length, removed.length);
    // Before anybody looks again: no group has lost its best photo or stands with one photo.
    for (const { first, members } of found(library)) {
      assert.equal(members[0], first);
      assert.ok(members.length > 1 && members.every(isLeft));
    }
    const left = contents.filter((_, index) => isLeft(ids[index] ?? 0));
    assert.equal(await assertAsBruteForce(library, left, ids.filter(isLeft)), 0);
  });

  it('at a higher threshold need no comparing, at a lower one all of it', async (context) => {
    const library = await openMade(context);
    const contents = clustered(300, 4);
    const ids = addContents(library, contents);
    assert.equal(await assertAsBruteForce(library, contents, ids, 0.9), 300);
    assert.equal(await assertAsBruteForce(library, contents, ids, 0.94), 0);
    assert.equal(nearState(library).threshold, 0.94);
    assert.equal(await assertAsBruteForce(library, contents, ids, 0.85), 300);
    assert.equal(await assertAsBruteForce(library, contents, ids, 0.9), 0);
  });

  it('form no chain: each looks like the first of its group', async (context) => {
    const library = await openMade(context);
    // Turned by 18 degrees each: the cosine of neighbours is 0.95, of those two apart 0.81.
    const contents = Array.from({ length: 9 }, (_, step) => {
      return { name: `step ${step}`, vector: turned(step * 18) };
    });
    addContents(library, contents);
    const report = await findNearDuplicates(library, { threshold: THRESHOLD });
    assert.equal(report.pairs, 8);
    const groups = found(library);
    assert.ok(groups.length >= 3, `${groups.length} groups`);
    for (const { first, members } of groups) {
      const [best] = contents.slice(first - 1);
      for (const id of members) {
        const [content] = contents.slice(id - 1);
        assert.ok(best && content && cosine(best.vector, content.vector) >= THRESHOLD);
      }
    }
  });

  it('stay with their own copies where a better photo is similar', async (context) => {
    const library = await openMade(context);
    // In degrees: the large one is near enough to the original, and to none of the copies.
    const [, ...copies] = addContents(library, [
      { name: 'similar and large', vector: turned(0), width: 900 },
      { name: 'original', vector: turned(24), width: 200 },
      { name: 'copy 1', vector: turned(27) },
      { name: 'copy 2', vector: turned(28) },
    ]);
    const report = await findNearDuplicates(library, { threshold: THRESHOLD });
    assert.deepEqual([report.pairs, report.groups], [4, 1]);
    assert.deepEqual(
      found(library).map(({ members }) => members),
      [copies],
    );
  });

  it('need the same shape; where it cannot be known, a cosine that says it alone', async (context) => {
    const library = await openMade(context);
    const random = randomNumbers(5);
    const centre = randomUnit(random, DIMENSION);
    const noise = (): Uint8Array => Uint8Array.from({ length: 64 }, () => Math.floor(random() * 256));
    const beside = near(centre, 0.3, random);
    const [photo, other, close, unknown, same] = addContents(library, [
      { name: 'photo', vector: centre },
      { name: 'other shape', vector: near(centre, 0.05, random), grid: noise() },
      { name: 'same shape', vector: beside },
      { name: 'no shape', vector: near(centre, 0.3, random), grid: null },
      { name: 'no shape, but the same', vector: near(centre, 0.02, random), grid: null },
    ]);
    assert.ok(cosine(centre, beside) > 0.93 && cosine(centre, beside) < 0.98);
    await findNearDuplicates(library, { threshold: THRESHOLD });
    const [group, ...more] = found(library);
    assert.deepEqual(more, []);
    assert.deepEqual(group?.members, [photo, close, same]);
    assert.ok(other !== undefined && unknown !== undefined);
  });

  it('of a crowd, which is larger than what is compared with each, are one group', async (context) => {
    const library = await openMade(context);
    const random = randomNumbers(6);
    const centre = randomUnit(random, DIMENSION);
    const crowd = Array.from({ length: 700 }, (_, index) => ({
      name: `frame ${index}`,
      vector: near(centre, 0.1, random),
    }));
    addContents(library, crowd);
    const report = await findNearDuplicates(library, { threshold: THRESHOLD });
    assert.equal(report.groups, 1);
    assert.ok(report.pairs < 700 * 256, `${report.pairs} pairs`);
    const [group] = duplicateGroups(library, 'near', { limit: 10 }).groups;
    assert.equal(group?.count, 700);
    assert.equal(group.photos.length, 100);
  });

  it('of an empty library are none', async (context) => {
    const library = await openMade(context);
    const report = await findNearDuplicates(library);
    assert.deepEqual([report.compared, report.pairs, report.groups], [0, 0, 0]);
    assert.deepEqual(found(library), []);
  });

  it('tell how far they are, and can be stopped and gone on with', async (context) => {
    const library = await openMade(context);
    const contents = clustered(400, 7);
    const ids = addContents(library, contents);
    const controller = new AbortController();
    const progress: (readonly [string, number, number | null])[] = [];
    await assert.rejects(
      findNearDuplicates(library, {
        threshold: THRESHOLD,
        signal: controller.signal,
        onProgress: ({ phase, done, total }) => {
          progress.push([phase, done, total]);
          if (done > 0) controller.abort();
        },
      }),
      (error) => isAppError(error, 'ABORTED'),
    );
    assert.deepEqual(progress[0], ['comparing', 64, 400]);
    const left = nearState(library, THRESHOLD).pending;
    assert.ok(left > 0 && left < 400, `${left} left`);
    assert.equal(nearState(library).grouping, null);
    assert.equal(await assertAsBruteForce(library, contents, ids), left);
  });

  it('are refused to a reader, and with a threshold that is no cosine', async (context) => {
    const library = await openMade(context);
    addContents(library, clustered(16, 8));
    for (const threshold of [0.4, 1.1, Number.NaN]) await refused(library, threshold);
    const reader = await openReader(library, context);
    await refused(reader, THRESHOLD);
    assert.equal((await findNearDuplicates(library, { threshold: 1 })).compared, 16);
  });
});

/** A vector so many degrees beside the first axis. */
function turned(degrees: number): Float32Array {
  const vector = new Float32Array(DIMENSION);
  vector[0] = Math.cos((degrees * Math.PI) / 180);
  vector[1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
}

async function refused(library: Library, threshold: number): Promise<void> {
  await assert.rejects(findNearDuplicates(library, { threshold }), (error) =>
    isAppError(error, 'INVALID_ARGUMENT'),
  );
}

async function openReader(library: Library, context: TestContext): Promise<Library> {
  const reader = await Library.open({ dataFolder: library.dataFolder, mode: 'read' });
  context.after(() => reader.close());
  return reader;
}
