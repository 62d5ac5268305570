/**
 * A process that re-embeds a library, or switches it to and fro, made to be killed:
 * `node generation-child.js <data> embed|switch`.
 * Source: our own. Deviation: none.
 */
import { Library, reEmbed } from '../../indexer/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import { indexDefaults } from '../support/photo-folder.ts';

const [data = '', what = 'embed'] = process.argv.slice(2);
const embedder = new ColourEmbedder({ identity: 'colours-2', cells: 2, batchMs: 4 });
const library = await Library.open({ dataFolder: data, mode: 'write' });
console.log('open');
if (what === 'embed') {
  const report = await reEmbed(library, embedder, indexDefaults);
  console.log(JSON.stringify(report));
} else {
  for (;;) for (const id of [1, 2]) await library.switchTo(id);
}
await library.close();
