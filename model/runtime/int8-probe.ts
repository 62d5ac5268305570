/**
 * Finds out whether this processor adds products of 8-bit numbers without overflow.
 * Source: onnxruntime's option session.x64quantprecision. Deviation: the runtime offers a slow way that is
 * always right and a fast one that is right on some processors only, and leaves it to the caller to know.
 *
 * The fast way multiplies unsigned activations by signed weights. Processors with VNNI add the products in
 * 32 bits; older ones add pairs in 16 bits, where 2 × 255 × 127 is too much and is silently cut off.
 * Measured on BEiT-3 base, one core with VNNI: 130 ms an image the slow way, 69 ms the fast way.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GRAPH_FILE, GraphBuilder, writeGraph, type Value } from '../onnx/index.ts';
import { sessionOptions } from './providers.ts';
import { Session } from './session.ts';

/** One answer for the process: its processor stays the same. */
let answer: Promise<boolean> | undefined;

/** @returns true where the fast way is right; always true on processors that are no x64, which have no slow way */
export function addsInt8Exactly(cacheFolder: string): Promise<boolean> {
  answer ??= find(cacheFolder).catch((error: unknown) => {
    answer = undefined;
    throw error;
  });
  return answer;
}

async function find(cacheFolder: string): Promise<boolean> {
  if (process.arch !== 'x64') return true;
  // Where the system says so a try-out, and the tenth of a second it takes, can be spared.
  const processors = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  if (/\b(avx512_vnni|avx_vnni)\b/.test(processors)) return true;
  return addsExactlyInTrial(cacheFolder);
}

const ROWS = 4;
const INPUTS = 64;
const OUTPUTS = 16;
/** Largest activation (255 as an unsigned byte) and weight: every pair of products overflows 16 bits. */
const LARGEST = 127;
/** Cut-off sums are wrong by half; the rest is float32. */
const RELATIVE_ERROR_MAX = 0.001;

/** Multiplies the largest numbers there are and looks whether anything was cut off. */
export async function addsExactlyInTrial(cacheFolder: string): Promise<boolean> {
  const folder = path.join(cacheFolder, 'graphs', 'int8-probe');
  await writeGraph(largestProducts(), folder);
  const options = sessionOptions('cpu', { threads: 1, providerOptions: {}, addsInt8Exactly: true });
  const session = await Session.load(path.join(folder, GRAPH_FILE), options);
  try {
    const data = new Float32Array(ROWS * INPUTS).fill(LARGEST);
    const { y } = await session.run({ x: { data, dims: [ROWS, INPUTS] } });
    if (y === undefined || y.data.length !== ROWS * OUTPUTS) throw new Error('the trial gave no result');
    const expected = INPUTS * LARGEST ** 2;
    return Float32Array.from(y.data, Number).every(
      (sum) => Math.abs(sum / expected - 1) < RELATIVE_ERROR_MAX,
    );
  } finally {
    await session.close();
  }
}

function largestProducts(): GraphBuilder {
  const g = new GraphBuilder();
  const stored = (name: string, type: Value['type'], shape: readonly number[], bytes: Uint8Array) =>
    g.initializer({ name, type, shape, bytes: () => [bytes] });
  const weight = stored('weight', 'int8', [INPUTS, OUTPUTS], new Uint8Array(INPUTS * OUTPUTS).fill(LARGEST));
  const ones = new Uint8Array(new Float32Array(OUTPUTS).fill(1).buffer);
  const scale = stored('scale', 'float32', [OUTPUTS], ones);
  const bias = stored('bias', 'float32', [OUTPUTS], new Uint8Array(4 * OUTPUTS));
  const x = g.input('x', 'float32', [ROWS, INPUTS]);
  g.output('y', g.rowQuantizedMatMul(x, INPUTS, weight, scale, bias), [ROWS, OUTPUTS]);
  return g;
}
