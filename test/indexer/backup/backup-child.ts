/**
 * A process that backs up or restores, made to be killed: `node backup-child.js backup|restore <data> <folder>`.
 * Source: our own. Deviation: none.
 */
import { backupLibrary, restoreLibrary } from '../../../indexer/index.ts';

const [verb = '', data = '', folder = ''] = process.argv.slice(2);
const onProgress = ({ phase }: { readonly phase: string }): void => console.log(phase);
console.log('start');
if (verb === 'backup') await backupLibrary({ dataFolder: data, target: folder, force: true, onProgress });
else await restoreLibrary({ backup: folder, dataFolder: data, force: true, onProgress });
console.log('done');
