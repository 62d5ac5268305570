/**
 * Generations and other processes: kill -9 while one is built or switched to, and readers that follow.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { embedMissing, reEmbed, removeGeneration, type Library } from '../../indexer/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import {
  indexDefaults,
  randomNumbers,
  workbench,
  writePhoto,
  type Workbench,
} from '../support/photo-folder.ts';
import { rounds } from '../support/rounds.ts';

const PHOTOS = 60;
const KILLS = rounds(6, 50);
/** From before the database is open until after the last photo. */
const KILL_WINDOW_MS = 500;

function startChild(script: string, parameters: readonly string[]): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, script), ...parameters]);
  child.stderr.pipe(process.stderr);
  return child;
}

async function withPhotos(bench: Workbench): Promise<void> {
  for (let index = 0; index < PHOTOS; index += 1) {
    await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
  }
  await bench.index();
}

/** One generation is searched, its index holds what the database holds, and nothing else. */
async function assertConsistent(library: Library): Promise<void> {
  const { store } = library;
  assert.equal(store.check(), 'ok');
  const active = store.generations.all().filter(({ state }) => state === 'active');
  assert.deepEqual(
    active.map(({ id }) => id),
    [library.generation.id],
  );
  const { id, dimension } = library.generation;
  const { missing, images } = library.completeness(id);
  assert.deepEqual([missing, images], [0, PHOTOS]);
  assert.equal(library.vectors.size, PHOTOS);
  for (let contentId = 1; contentId <= PHOTOS; contentId += 1) {
    const vector = store.vectors.get(id, contentId, dimension);
    assert.ok(vector);
    const hits = await library.vectors.search(vector, 5);
    assert.ok(hits.some((hit) => hit.id === contentId));
  }
}

describe('kill -9', () => {
  it(
    `while a library is embedded anew leaves it searched with the old model or the new one, ${KILLS} times`,
    { timeout: 240_000 },
    async (context) => {
      const bench = await workbench(context);
      await withPhotos(bench);
      const other = new ColourEmbedder({ identity: 'colours-2', cells: 2 });
      const random = randomNumbers(Date.now());
      let [midway, before] = [0, 0];
      for (let round = 0; round < KILLS; round += 1) {
        const child = startChild('generation-child.js', [bench.data, 'embed']);
        const ended = once(child, 'exit');
        await once(child.stdout, 'data');
        await delay(random() * KILL_WINDOW_MS);
        child.kill('SIGKILL');
        await ended;
        const library = await bench.open();
        await assertConsistent(library);
        const building = library.findGeneration(other);
        const done = building === undefined ? 0 : PHOTOS - library.completeness(building.id).missing;
        assert.ok(done >= before, `${done} vectors after ${before}`);
        if (done > before && done < PHOTOS) midway += 1;
        before = done;
        if (building !== undefined && library.generation.id === building.id) {
          // Once more from the start.
          await library.switchTo(1);
          await removeGeneration(library, building.id);
          before = 0;
        }
        await library.close();
      }
      context.diagnostic(`${midway} of ${KILLS} kills left a generation half built`);
      const library = await bench.open();
      const report = await reEmbed(library, other, indexDefaults);
      assert.deepEqual([report.isActive, report.embedded], [true, PHOTOS - before]);
      await assertConsistent(library);
      await library.close();
    },
  );

  it(
    `while a library is switched leaves exactly one generation active, ${KILLS} times`,
    { timeout: 240_000 },
    async (context) => {
      const bench = await workbench(context);
      await withPhotos(bench);
      const library = await bench.open();
      await embedMissing(library, new ColourEmbedder({ identity: 'colours-2', cells: 2 }), indexDefaults);
      await library.close();
      const random = randomNumbers(Date.now());
      const found = [0, 0];
      for (let round = 0; round < KILLS; round += 1) {
        const child = startChild('generation-child.js', [bench.data, 'switch']);
        const ended = once(child, 'exit');
        await once(child.stdout, 'data');
        await delay(random() * KILL_WINDOW_MS);
        child.kill('SIGKILL');
        await ended;
        const reopened = await bench.open();
        await assertConsistent(reopened);
        const index = reopened.generation.id - 1;
        found[index] = (found[index] ?? 0) + 1;
        await reopened.close();
      }
      context.diagnostic(`found active: generation 1 ${found[0]} times, generation 2 ${found[1]} times`);
    },
  );
});

const answerSchema = z.union([
  z.object({ generation: z.number(), hits: z.number() }),
  z.object({ code: z.string(), message: z.string() }),
]);

describe('a reader in another process', () => {
  for (const [name, identity] of [
    ['with both models follows the switch and the way back', 'colours-2'],
    ['without the new model refuses to search until the way back is gone', undefined],
  ] as const) {
    it(name, { timeout: 60_000 }, async (context) => {
      const bench = await workbench(context);
      await withPhotos(bench);
      const child = startChild('reader-child.js', [
        bench.data,
        ...(identity === undefined ? [] : [identity]),
      ]);
      const ended = once(child, 'exit');
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const ask = async (): Promise<z.infer<typeof answerSchema>> => {
        child.stdin.write('red\n');
        return answerSchema.parse(JSON.parse(String((await lines.next()).value)));
      };
      /** A reader waits a moment for the new index and answers from the old one meanwhile. */
      const settled = async (old: number): Promise<z.infer<typeof answerSchema>> => {
        for (;;) {
          const answer = await ask();
          if (!('generation' in answer) || answer.generation !== old) return answer;
        }
      };
      assert.deepEqual(await ask(), { generation: 1, hits: 50 });
      const library = await bench.open();
      await reEmbed(library, new ColourEmbedder({ identity: 'colours-2', cells: 2 }), indexDefaults);
      const after = await settled(1);
      if (identity === undefined) {
        assert.ok('code' in after);
        assert.equal(after.code, 'LIBRARY_MISMATCH');
        assert.match(after.message, /switched to model "colours-2".*found "colours";.*rollback/);
      } else {
        assert.deepEqual(after, { generation: 2, hits: 50 });
      }
      await library.switchTo(1);
      let back = await ask();
      while ('code' in back || back.generation === 2) back = await ask();
      assert.deepEqual(back, { generation: 1, hits: 50 });
      await library.close();
      child.stdin.end();
      await ended;
    });
  }
});
