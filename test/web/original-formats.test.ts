/**
 * Photos that a browser cannot show: their files with the right type, and previews that it can.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { fixturesFolder } from '../support/paths.ts';
import { photoBytes } from '../support/photo-folder.ts';
import { rawFile, rawKinds } from '../support/raw-files.ts';
import { ask } from './http.ts';
import { index, openSmallLibrary, serveSmall } from './small-library.ts';

const types: Readonly<Record<string, string>> = {
  heic: 'image/heic',
  cr2: 'image/x-canon-cr2',
  nef: 'image/x-nikon-nef',
  arw: 'image/x-sony-arw',
  dng: 'image/x-adobe-dng',
};

test('gives HEIC and RAW files as they are, and previews of them as WebP', async () => {
  const small = await openSmallLibrary(0);
  const server = await serveSmall(small);
  try {
    const heic = await readFile(path.join(fixturesFolder, 'formats', 'corners.heic'));
    await writeFile(path.join(small.photos, 'a.heic'), heic);
    for (const [seed, kind] of rawKinds.entries()) {
      await writeFile(path.join(small.photos, `a.${kind}`), await rawFile(kind, await photoBytes(seed + 1)));
    }
    await index(small.library, small.embedder, small.photos);
    const records = small.library.store.images
      .below(small.photos, '', 9)
      .map(({ id }) => small.library.store.images.byId(id));
    assert.equal(records.length, 5);
    for (const record of records) {
      assert.ok(record);
      const original = await ask(server.url, `/v1/images/${record.id}/original`);
      assert.equal(original.headers['content-type'], types[record.format], record.format);
      assert.ok(original.body.equals(await readFile(record.path)));
      const preview = await ask(server.url, `/v1/images/${record.id}/thumbnail`);
      assert.equal(preview.headers['content-type'], 'image/webp');
    }
  } finally {
    await server.close();
    await small.close();
  }
});
