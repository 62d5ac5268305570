/**
 * An owner process made to be killed: `node owner-child.js <data> <photos> <redis> <local work>`.
 * Source: our own. Deviation: none.
 */
import { indexPhotos, Library } from '../../../../indexer/index.ts';
import { ColourEmbedder } from '../../../support/colour-embedder.ts';
import { indexDefaults } from '../../../support/photo-folder.ts';

const [data = '', photos = '', redisUrl = '', localWork = ''] = process.argv.slice(2);
const embedder = new ColourEmbedder({ batchMs: 10 });
const library = await Library.open({ dataFolder: data, mode: 'write', model: embedder });
console.log('open');
const report = await indexPhotos(library, embedder, {
  roots: [photos],
  ...indexDefaults,
  redisUrl,
  localWork: localWork === 'true',
  onProgress: ({ done }) => console.log(`done ${done}`),
});
await library.close();
console.log(JSON.stringify(report));
