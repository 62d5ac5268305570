/**
 * The whole way with the built-in model: pictures in, words in, photos out.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { indexPhotos, Library } from '../../indexer/index.ts';
import { BUILTIN_MODEL, builtinFolder, openEmbedder } from '../../model/index.ts';
import { SearchEngine } from '../../query/index.ts';
import { indexDefaults, temporaryFolder, writePhoto } from '../support/photo-folder.ts';

const isThere = existsSync(path.join(builtinFolder(), 'config.json'));

describe('the built-in model', () => {
  it(
    'indexes pictures and finds them by words',
    { skip: isThere ? false : 'needs the built-in model' },
    async (context) => {
      const base = await temporaryFolder(context);
      const photos = path.join(base, 'photos');
      for (let index = 0; index < 20; index += 1)
        await writePhoto(path.join(photos, `${index}.jpg`), index + 1);
      const embedder = await openEmbedder({
        model: BUILTIN_MODEL,
        modelsFolder: path.join(base, 'models'),
        cacheFolder: path.join(base, 'cache'),
        device: 'cpu',
      });
      context.after(() => embedder.close());
      const library = await Library.open({
        dataFolder: path.join(base, 'data'),
        mode: 'write',
        model: embedder,
      });
      const report = await indexPhotos(library, embedder, { roots: [photos], ...indexDefaults });
      assert.deepEqual([report.added, report.skipped.length], [20, 0]);
      await library.close();

      const reader = await Library.open({
        dataFolder: path.join(base, 'data'),
        mode: 'read',
        model: embedder,
      });
      context.after(() => reader.close());
      assert.equal(reader.generation.modelIdentity, embedder.identity);
      const engine = new SearchEngine({ library: reader, embedder });
      const [text] = await embedder.encodeTexts(['a red square']);
      assert.ok(text);
      const { hits } = await engine.search({ text: 'a red square', limit: 5 });
      assert.equal(hits.length, 5);
      for (const { score, image } of hits) {
        // The score is the cosine of what the model says of these words and of this photo.
        const vector = reader.store.vectors.get(reader.generation.id, image.contentId, embedder.dimension);
        const cosine = text.vector.reduce((sum, value, place) => sum + value * (vector?.[place] ?? 0), 0);
        assert.ok(Math.abs(cosine - score) < 1e-4, `${cosine} and ${score}`);
      }
    },
  );
});
