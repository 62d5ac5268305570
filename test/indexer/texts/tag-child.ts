/**
 * A process that tags a library, made to be killed: `node tag-child.js <data> <list>`.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Library, openLabelList, tagPhotos } from '../../../indexer/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { cosineVerifier } from './cosine-verifier.ts';

const [data = '', list = ''] = process.argv.slice(2);
const embedder = new ColourEmbedder();
const library = await Library.open({ dataFolder: data, mode: 'write', model: embedder });
console.log('open');
await tagPhotos(library, embedder, {
  list: await openLabelList(list),
  verifier: cosineVerifier(0.2, () => delay(10)),
});
await library.close();
