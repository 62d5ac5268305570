/**
 * A process of its own that encodes one text and says so: `node first-embedding.js <models> <cache>`.
 * Source: our own. Deviation: none.
 */
import { BUILTIN_MODEL, openEmbedder } from '../../model/index.ts';

const [modelsFolder = '', cacheFolder = ''] = process.argv.slice(2);
const embedder = await openEmbedder({ model: BUILTIN_MODEL, modelsFolder, cacheFolder, device: 'cpu' });
const [first] = await embedder.encodeTexts(['a dog in the snow']);
process.stdout.write(`${first?.vector.length}\n`);
await embedder.close();
