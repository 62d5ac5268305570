/**
 * A process that indexes a folder, made to be killed: `node index-child.js <data> <photos>`.
 * Source: our own. Deviation: none.
 */
import { indexPhotos, Library } from '../../indexer/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import { indexDefaults } from '../support/photo-folder.ts';

const [data = '', photos = ''] = process.argv.slice(2);
const embedder = new ColourEmbedder({ batchMs: 4 });
const library = await Library.open({ dataFolder: data, mode: 'write', model: embedder });
console.log('open');
const report = await indexPhotos(library, embedder, {
  roots: [photos],
  ...indexDefaults,
  onProgress: ({ phase }) => console.log(phase),
});
await library.close();
console.log(JSON.stringify(report));
