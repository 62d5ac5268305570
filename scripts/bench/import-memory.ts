/**
 * A process of its own that does one large piece of work and says how much memory it took at most:
 * `node import-memory.js import <checkpoint> <models>` or `… graph <model folder> <tower> <precision> <target>`.
 * Source: getrusage, and VmHWM of /proc/self/status where there is one. Deviation: none.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildGraph,
  importModel,
  openCheckpoint,
  openModelFolder,
  Weights,
  writeGraph,
  type GraphPrecision,
  type Tower,
} from '../../model/index.ts';

export interface PeakMemory {
  readonly peakBytes: number;
  readonly seconds: number;
}

const [task, ...parameters] = process.argv.slice(2);
const start = performance.now();
if (task === 'import') await runImport(parameters);
else if (task === 'graph') await runGraph(parameters);
else throw new Error(`import-memory: found task "${task}", expected import or graph`);
const peak: PeakMemory = { peakBytes: peakBytes(), seconds: (performance.now() - start) / 1000 };
process.stdout.write(`${JSON.stringify(peak)}\n`);

async function runImport([checkpoint = '', modelsFolder = '']: readonly string[]): Promise<void> {
  await importModel({ checkpoint, modelsFolder, name: 'base' });
}

async function runGraph([folder = '', tower, precision, target = '']: readonly string[]): Promise<void> {
  const { config } = await openModelFolder(folder);
  const checkpoint = await openCheckpoint(path.join(folder, config.weights.file));
  try {
    const weights = new Weights(checkpoint, precision as GraphPrecision);
    await writeGraph(
      buildGraph(config.beit3, weights, { tower: tower as Tower, outputs: ['vector'] }),
      target,
    );
  } finally {
    await checkpoint.close();
  }
}

function peakBytes(): number {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // Not Linux: the counter of the process must do.
  }
  return process.resourceUsage().maxRSS * 1024;
}
