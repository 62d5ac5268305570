/**
 * A process that watches a folder and prints what it hears, one JSON document a line:
 * `node watch-child.js <data> <photos>`.
 * Source: our own. Deviation: none.
 */
import { Library, watchRoots } from '../../../indexer/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { indexDefaults } from '../../support/photo-folder.ts';

const [data = '', photos = ''] = process.argv.slice(2);
const embedder = new ColourEmbedder();
const library = await Library.open({ dataFolder: data, mode: 'write', model: embedder });
const watcher = await watchRoots(library, embedder, {
  ...indexDefaults,
  roots: [photos],
  pollSeconds: null,
  pollWhereNeededSeconds: 0.2,
  settleMs: 150,
  onNotice: (notice) => console.log(JSON.stringify({ notice })),
  onBatch: ({ report }) => console.log(JSON.stringify({ images: library.stats().images, report })),
});
// What ends a watch by itself is to be seen.
await watcher.finished;
