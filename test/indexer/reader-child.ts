/**
 * A process that searches a library beside its writer: `node reader-child.js <data> [second identity]`. Each line on
 * stdin is a query; each answer is a line of JSON.
 * Source: our own. Deviation: none.
 */
import { createInterface } from 'node:readline';
import { Library } from '../../indexer/index.ts';
import { isAppError } from '../../model/index.ts';
import { SearchEngine } from '../../query/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';

const [data = '', second] = process.argv.slice(2);
const embedder = new ColourEmbedder();
const library = await Library.open({ dataFolder: data, mode: 'read', model: embedder });
const engine = new SearchEngine({ library, embedder });
if (second !== undefined) engine.use(new ColourEmbedder({ identity: second, cells: 2 }));
for await (const text of createInterface({ input: process.stdin })) {
  try {
    const { generation, hits } = await engine.search({ text });
    console.log(JSON.stringify({ generation, hits: hits.length }));
  } catch (error) {
    if (!isAppError(error)) throw error;
    console.log(JSON.stringify({ code: error.code, message: error.message }));
  }
}
await library.close();
