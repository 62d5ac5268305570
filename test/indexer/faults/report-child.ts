/**
 * A process that indexes once under bad conditions and says how that ended, in one line of JSON:
 * `node report-child.js <data> <photos>`.
 * Source: our own. Deviation: none.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { indexPhotos, Library } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { indexDefaults } from '../../support/photo-folder.ts';

/** Not before everything is loaded: what a program that has no handle for its own parts says is not ours. */
function limitHandles(spare: number): void {
  const limit = readdirSync('/proc/self/fd').length + spare;
  execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${limit}:${limit}`]);
}

const [data = '', photos = ''] = process.argv.slice(2);
const embedder = new ColourEmbedder();
const notices: string[] = [];
const onNotice = (notice: string): void => void notices.push(notice);
try {
  const library = await Library.open({ dataFolder: data, mode: 'write', model: embedder, onNotice });
  try {
    if (process.env['SPARE_HANDLES'] !== undefined) limitHandles(Number(process.env['SPARE_HANDLES']));
    const report = await indexPhotos(library, embedder, { roots: [photos], ...indexDefaults });
    console.log(JSON.stringify({ report, notices }));
  } finally {
    await library.close();
  }
} catch (error) {
  // Anything else is a fault of ours, which the stack shows and the exit code tells.
  if (!isAppError(error)) throw error;
  console.log(JSON.stringify({ error: { code: error.code, message: error.message }, notices }));
}
