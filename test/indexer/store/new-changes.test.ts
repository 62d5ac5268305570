/**
 * What is new in a generation is found in the same time, however much is old.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Library } from '../../../indexer/index.ts';
import { temporaryFolder } from '../../support/photo-folder.ts';

const DIMENSION = 4;
const PHOTOS_PER_COMMIT = 500;

/** No photos, only their rows. */
async function libraryOf(context: TestContext, photos: number): Promise<Library> {
  const dataFolder = path.join(await temporaryFolder(context), 'data');
  const model = { name: 'rows', identity: 'rows', dimension: DIMENSION };
  const library = await Library.open({ dataFolder, mode: 'write', model });
  const rootId = library.store.roots.add('/photos', 'folder', 0);
  const details = {
    orientation: null,
    camera: null,
    lens: null,
    exposureSeconds: null,
    aperture: null,
    iso: null,
    focalLengthMm: null,
    latitude: null,
    longitude: null,
    altitudeM: null,
    title: null,
    caption: null,
    keywords: [],
    creator: null,
    copyright: null,
    rating: null,
    location: null,
  };
  for (let start = 0; start < photos; start += PHOTOS_PER_COMMIT) {
    const entries = Array.from({ length: PHOTOS_PER_COMMIT }, (_, index) => ({
      kind: 'photo' as const,
      path: `/photos/${start + index}.jpg`,
      rootId,
      bytes: 1,
      modifiedMs: 1,
      movedFrom: null,
      content: {
        facts: {
          hash: randomBytes(32).toString('hex'),
          bytes: 1,
          width: 1,
          height: 1,
          format: 'jpeg',
          takenAt: null,
          details,
          reader: 'none',
        },
        vector: Float32Array.of(1, 0, 0, 0),
      },
    }));
    library.store.commit(entries, library.generation.id);
  }
  return library;
}

/** Fastest of many, which a busy machine does not change. */
function lookMs({ store, generation }: Library): number {
  const { sequence } = store.vectors.summary(generation.id);
  let best = Infinity;
  for (let round = 0; round < 100; round += 1) {
    const start = performance.now();
    assert.deepEqual(store.vectors.since(generation.id, sequence, 256, DIMENSION), []);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

describe('the log of changes', () => {
  it('is asked for what is new in the same time, be it short or long', async (context) => {
    const short = await libraryOf(context, 500);
    const long = await libraryOf(context, 20_000);
    const [shortMs, longMs] = [lookMs(short), lookMs(long)];
    context.diagnostic(`${shortMs.toFixed(4)} ms among 500, ${longMs.toFixed(4)} ms among 20,000`);
    assert.ok(longMs < shortMs * 8, `${longMs} ms among 20,000, ${shortMs} ms among 500`);
    const { generation, store } = long;
    assert.equal(store.vectors.since(generation.id, 19_990, 256, DIMENSION).length, 10);
    await Promise.all([short.close(), long.close()]);
  });
});
