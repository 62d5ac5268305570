/**
 * Looking for look-alikes: killed at random moments, switched to another model, beside real photos.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import {
  duplicateGroups,
  duplicateTotals,
  findNearDuplicates,
  Library,
  nearState,
} from '../../../indexer/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { randomNumbers, temporaryFolder, workbench, writePhoto } from '../../support/photo-folder.ts';
import { rounds } from '../../support/rounds.ts';
import { clusteredVectors } from '../vectors/clustered-vectors.ts';
import { addContents, DIMENSION, madeModel, openMade } from './made-library.ts';

const CONTENTS = 1500;
const KILLS = rounds(3, 50);

function made(): { readonly name: string; readonly vector: Float32Array }[] {
  const options = { count: CONTENTS, dimension: DIMENSION, clusters: 200, spread: 0.3, seed: 11 };
  return clusteredVectors(options).map(({ id, vector }) => ({ name: `photo ${id}`, vector }));
}

/** What the groups are, as text. */
function groupsOf(library: Library): string {
  return JSON.stringify(
    duplicateGroups(library, 'near', { limit: 10_000 }).groups.map(({ id, count, photos }) => [
      id,
      count,
      photos.map(({ image, score }) => [image.contentId, score]),
    ]),
  );
}

async function undisturbed(context: TestContext): Promise<{ groups: string; pairs: number }> {
  const library = await openMade(context);
  addContents(library, made());
  const { pairs } = await findNearDuplicates(library);
  const groups = groupsOf(library);
  await library.close();
  return { groups, pairs };
}

describe('looking for look-alikes', () => {
  it(`killed ${KILLS} times, ends as if nothing had happened`, { timeout: 120_000 }, async (context) => {
    const expected = await undisturbed(context);
    assert.ok(expected.pairs > 500, `${expected.pairs} pairs`);
    const folder = await temporaryFolder(context);
    const dataFolder = path.join(folder, 'data');
    const writer = await Library.open({ dataFolder, mode: 'write', model: madeModel });
    addContents(writer, made());
    await writer.close();
    const random = randomNumbers(Date.now());
    let pending = CONTENTS;
    let midway = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const child = spawn(process.execPath, [path.join(import.meta.dirname, 'find-child.js'), dataFolder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      await delay(random() * 200);
      child.kill('SIGKILL');
      await ended;
      const reader = await Library.open({ dataFolder, mode: 'read' });
      const now = nearState(reader).pending;
      assert.ok(now <= pending, `${now} after ${pending}`);
      if (now < pending && now > 0) midway += 1;
      pending = now;
      await reader.close();
    }
    context.diagnostic(`${midway} of ${KILLS} kills hit a run that had compared some contents but not all`);
    const library = await Library.open({ dataFolder, mode: 'write' });
    context.after(() => library.close());
    assert.equal(library.store.check(), 'ok');
    const report = await findNearDuplicates(library);
    assert.equal(report.compared, pending);
    assert.equal(report.pairs, expected.pairs);
    assert.equal(groupsOf(library), expected.groups);
    assert.equal(library.store.nearGroups.removeOld(10), 0);
  });

  it('keeps apart what two models find, and loses what belongs to a removed one', async (context) => {
    const library = await openMade(context);
    const contents = made().slice(0, 400);
    const ids = addContents(library, contents);
    const first = await findNearDuplicates(library);
    const other = library.generationFor({ ...madeModel, identity: 'made-up-2' });
    // The other model finds each content alike to the next one only.
    const entries = ids.map((contentId, index) => ({ contentId, vector: axis(Math.floor(index / 2)) }));
    library.store.vectors.add(other.id, entries.slice(0, 2 * DIMENSION));
    await library.switchTo(other.id);
    assert.equal(nearState(library).grouping, null);
    const second = await findNearDuplicates(library);
    assert.deepEqual([second.compared, second.pairs, second.groups], [48, 24, 24]);
    await library.switchTo(first.generation);
    assert.equal(nearState(library).pending, 0);
    assert.equal(duplicateTotals(library, 'near').groups, first.groups);
    while (library.store.generations.removeVectors(other.id, 10) > 0);
    library.store.generations.remove(other.id);
    assert.equal(library.store.nearDuplicates.count(other.id, 0), 0);
    assert.equal(library.store.nearGroups.current(other.id), undefined);
    assert.equal((await findNearDuplicates(library)).pairs, first.pairs);
  });

  it('finds a real photo smaller and brighter, and lists exact copies apart', async (context) => {
    const bench = await workbench(context);
    const at = (name: string): string => path.join(bench.photos, name);
    for (let seed = 1; seed <= 12; seed += 1) await writeScene(at(`scene-${seed}.png`), seed);
    const original = at('scene-3.png');
    await sharp(original).resize(90).jpeg({ quality: 70 }).toFile(at('small.jpg'));
    await sharp(original).modulate({ brightness: 1.1 }).png().toFile(at('brighter.png'));
    await cp(original, at('copy.png'));
    await cp(at('scene-5.png'), at('second copy.png'));
    await cp(at('scene-5.png'), at('third copy.png'));
    await bench.index();
    const library = await bench.open('write');
    context.after(() => library.close());
    const report = await findNearDuplicates(library);
    const [near, ...others] = duplicateGroups(library, 'near', { limit: 10 }).groups;
    assert.deepEqual([report.groups, others.length], [1, 0]);
    const names = near?.photos.map(({ image }) => path.basename(image.path));
    // The two places of the original are one photo of the group, under the name that was found first.
    assert.equal(near?.count, 4);
    const copied = near.photos.find(({ copies }) => copies.length > 0);
    const places = [copied?.image, ...(copied?.copies ?? [])].map((image) =>
      path.basename(image?.path ?? ''),
    );
    assert.deepEqual(places.toSorted(), ['copy.png', 'scene-3.png']);
    assert.deepEqual(
      names?.toSorted(),
      ['brighter.png', path.basename(copied?.image.path ?? ''), 'small.jpg'].toSorted(),
    );
    assert.equal(names?.at(-1), 'small.jpg');
    const exact = duplicateGroups(library, 'exact', { limit: 10 }).groups;
    assert.deepEqual(
      exact.map(({ count, photos }) => [
        count,
        photos.length,
        photos.every(({ copies }) => copies.length === 0),
      ]),
      [
        [3, 3, true],
        [2, 2, true],
      ],
    );
    const totals = duplicateTotals(library, 'exact');
    assert.deepEqual([totals.groups, totals.photos], [2, 5]);
    assert.ok((totals.spareBytes ?? 0) > 1000);
  });

  it('goes on where a photo and its preview are gone from the disk', async (context) => {
    const bench = await workbench(context);
    for (let seed = 1; seed <= 4; seed += 1) {
      await writePhoto(path.join(bench.photos, `${seed}.jpg`), 1);
      await writeFile(path.join(bench.photos, `${seed}.jpg`), `padding ${seed}`, { flag: 'a' });
    }
    await bench.index();
    await rm(bench.photos, { recursive: true });
    const library = await bench.open('write');
    context.after(() => library.close());
    // The same picture four times, in other bytes: the cosine alone says so.
    const report = await findNearDuplicates(library);
    assert.deepEqual([report.compared, report.pairs, report.groups], [4, 6, 1]);
  });

  it('pages through groups without leaving one out or giving one twice', async (context) => {
    const library = await openMade(context);
    const contents = made().slice(0, 500);
    addContents(
      library,
      contents.map(({ name, vector }, index) => ({
        name,
        vector,
        places: index % 7 === 0 ? 2 + (index % 3) : 1,
      })),
    );
    await findNearDuplicates(library);
    for (const kind of ['exact', 'near'] as const) {
      const all = duplicateGroups(library, kind, { limit: 1000 }).groups.map(({ id }) => id);
      assert.ok(all.length > 20, `${all.length} groups of ${kind}`);
      const seen: number[] = [];
      let after: { readonly size: number; readonly id: number } | undefined;
      do {
        const page = duplicateGroups(library, kind, { after, limit: 7 });
        seen.push(...page.groups.map(({ id }) => id));
        after = page.next ?? undefined;
      } while (after !== undefined);
      assert.deepEqual(seen, all);
      assert.equal(duplicateTotals(library, kind).groups, all.length);
    }
  });
});

describe('another embedder', () => {
  it('does not see pairs of the first before it has compared', async (context) => {
    const bench = await workbench(context);
    for (let seed = 1; seed <= 3; seed += 1) await writePhoto(path.join(bench.photos, `${seed}.jpg`), seed);
    await bench.index();
    const library = await bench.open('write', new ColourEmbedder());
    context.after(() => library.close());
    assert.deepEqual(duplicateGroups(library, 'near', { limit: 5 }), { groups: [], next: null });
    assert.equal(nearState(library).pending, 3);
  });
});

function axis(place: number): Float32Array {
  const vector = new Float32Array(DIMENSION);
  vector[place % DIMENSION] = 1;
  return vector;
}

/** A picture with a few large shapes; another one for each seed. */
async function writeScene(file: string, seed: number): Promise<void> {
  const random = randomNumbers(seed);
  const shape = (): string => {
    const [x, y, r] = [random() * 240, random() * 160, 20 + random() * 50];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${random() * 360} 70% ${20 + random() * 60}%)"/>`;
  };
  const shapes = Array.from({ length: 9 }, shape).join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="160">
    <rect width="240" height="160" fill="hsl(${random() * 360} 40% ${20 + random() * 60}%)"/>${shapes}</svg>`;
  await sharp(Buffer.from(svg)).removeAlpha().png().toFile(file);
}
