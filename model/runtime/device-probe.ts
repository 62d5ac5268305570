/**
 * Finds out whether a device works, with a graph of one addition.
 * Source: our own. Deviation: without it every machine without a graphics processor would first generate a
 * half-precision graph of the whole network, gigabytes for a large one, to learn that nothing can run it.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isAppError, messageOf } from '../errors.ts';
import { GRAPH_FILE, GraphBuilder, writeGraph } from '../onnx/index.ts';
import { sessionOptions, type NamedDevice, type SessionSettings } from './providers.ts';
import { Session } from './session.ts';

/** By device and provider options: libraries do not appear while a process runs. */
const answers = new Map<string, Promise<string | undefined>>();

/** @returns what is wrong, in one line, or undefined where the device works */
export function deviceProblem(
  device: NamedDevice,
  settings: SessionSettings,
  cacheFolder: string,
): Promise<string | undefined> {
  const key = JSON.stringify([device, settings.providerOptions]);
  let answer = answers.get(key);
  if (answer === undefined) {
    answer = probe(device, settings, cacheFolder).catch((error: unknown) => {
      // A full disk says nothing about the device; it may be asked again.
      answers.delete(key);
      throw error;
    });
    answers.set(key, answer);
  }
  return answer;
}

async function probe(
  device: NamedDevice,
  settings: SessionSettings,
  cacheFolder: string,
): Promise<string | undefined> {
  const missing = missingLibrary(device);
  if (missing !== undefined) return `${missing} is not installed`;
  const g = new GraphBuilder();
  g.output('sum', g.add(g.input('x', 'float32', [1]), g.float32(1)), [1]);
  const folder = path.join(cacheFolder, 'graphs', 'probe');
  await writeGraph(g, folder);
  try {
    const session = await Session.load(path.join(folder, GRAPH_FILE), sessionOptions(device, settings));
    await session.close();
    return undefined;
  } catch (error) {
    if (!isAppError(error, 'INFERENCE_FAILED')) throw error;
    return firstLine(messageOf(error));
  }
}

/** Without the path of our own little graph, which would mislead. */
function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.replace(/^.*?graph\.onnx: /, '');
}

/** Providers that are no part of the npm package, by the library that its installer adds for them. */
const separateLibraries: Readonly<Partial<Record<NamedDevice, string>>> = {
  cuda: 'libonnxruntime_providers_cuda.so',
  tensorrt: 'libonnxruntime_providers_tensorrt.so',
};

/** The name of a library that must be there and is not; undefined also where that cannot be told. */
function missingLibrary(device: NamedDevice): string | undefined {
  const library = separateLibraries[device];
  if (library === undefined || process.platform !== 'linux') return undefined;
  const packageFile = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const binaries = path.join(path.dirname(packageFile), 'bin');
  if (!existsSync(binaries)) return undefined;
  const folders = readdirSync(binaries).map((version) => path.join(binaries, version, 'linux', process.arch));
  return folders.some((folder) => existsSync(path.join(folder, library))) ? undefined : library;
}
