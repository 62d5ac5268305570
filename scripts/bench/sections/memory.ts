/**
 * How much memory the import of a BEiT-3 base checkpoint and the generation of its graphs take.
 * Source: our own. Deviation: none.
 */
import { execFile } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PeakMemory } from '../import-memory.ts';
import { lackOfRoom, writeBaseCheckpoint } from '../random-checkpoint.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

/** A machine with 1 GiB to spare must be able to import the model. */
const PEAK_BYTES_MAX = 0.7 * 2 ** 30;

export const memorySection: BenchSection = {
  name: 'memory',
  title: 'Memory to import BEiT-3 base (float32, .pth) and to generate its graphs',
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const { workFolder, note } = context;
  const lack = await lackOfRoom(workFolder);
  if (lack !== undefined) {
    result.remark(`Not measured: ${lack}.`);
    return result.result();
  }
  note('memory: writing a checkpoint');
  const checkpoint = path.join(workFolder, 'base.pth');
  await writeBaseCheckpoint(checkpoint);
  const { size } = await stat(checkpoint);

  const rows: string[][] = [];
  const measured = async (what: string, parameters: readonly string[]) => {
    note(`memory: ${what}`);
    const { peakBytes, seconds } = await runTask(parameters);
    result.value(`${what} peak bytes`, peakBytes);
    result.value(`${what} seconds`, seconds);
    rows.push([what, gibibytes(peakBytes), peakBytes <= PEAK_BYTES_MAX ? 'yes' : 'NO', figure(seconds, 's')]);
  };
  await measured('import', ['import', checkpoint, workFolder]);
  await rm(checkpoint);
  for (const tower of ['vision', 'text']) {
    for (const precision of ['fp32', 'int8', 'fp16']) {
      const target = path.join(workFolder, 'graph');
      await measured(`${tower} graph ${precision}`, [
        'graph',
        path.join(workFolder, 'base'),
        tower,
        precision,
        target,
      ]);
      await rm(target, { recursive: true });
    }
  }
  result.table(
    `Peak resident memory of the process (checkpoint: ${figure(size / 1e9, 'GB')})`,
    ['work', 'peak', `within ${gibibytes(PEAK_BYTES_MAX)}`, 'time'],
    rows,
  );
  return result.result();
}

async function runTask(parameters: readonly string[]): Promise<PeakMemory> {
  const script = path.join(import.meta.dirname, '..', 'import-memory.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...parameters]);
  return JSON.parse(stdout) as PeakMemory;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
