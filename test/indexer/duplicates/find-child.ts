/**
 * A process that looks for look-alikes, made to be killed: `node find-child.js <data>`.
 * Source: our own. Deviation: none.
 */
import { findNearDuplicates, Library } from '../../../indexer/index.ts';

const [dataFolder = ''] = process.argv.slice(2);
const library = await Library.open({ dataFolder, mode: 'write' });
console.log('open');
await findNearDuplicates(library);
await library.close();
console.log('done');
