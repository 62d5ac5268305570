/**
 * Which build of the native graph library this processor can run.
 * Source: hnswlib-node, compiled by npm for any processor and by scripts/build-native.mjs for one. Deviation: none.
 *
 * Code with instructions that a processor lacks ends the process without a word. So the build for one processor lies
 * beside the plain one and is loaded only where the processor is the very one that it was made and tested on: packages
 * may be copied to another machine, or be shared by several.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';

export interface HnswBuild {
  /** `native`: with the vector instructions of this processor; `plain`: for any. */
  readonly build: 'native' | 'plain';
  /** How it was made, or why it is the plain one. */
  readonly reason: string;
  /** What to load: an absolute path, or the name of the package. */
  readonly target: string;
}

/** See FOLDER in scripts/build-native.mjs. */
const FOLDER = path.join('.imglish', 'hnswlib');

const PACKAGE = 'hnswlib-node';

const stampSchema = z.object({
  build: z.enum(['native', 'plain']),
  reason: z.string(),
  processor: z.string(),
});

const packageRequire = createRequire(import.meta.url);

/**
 * What the thread of an index loads here.
 * @param packages the folder that holds hnswlib-node; default: where Node finds it
 */
export function chooseHnswBuild(packages = packagesFolder()): HnswBuild {
  const folder = path.join(packages, FOLDER);
  const stamp = readStamp(path.join(folder, 'build.json'));
  if (stamp === undefined) return plain('no build for this processor was made; "npm start" makes one');
  if (stamp.build === 'plain') return plain(stamp.reason);
  if (stamp.processor !== processorKey()) {
    return plain('the other build is for another processor; "npm start" makes one for this');
  }
  const target = path.join(folder, 'addon.node');
  if (!existsSync(target)) return plain(`${target} is missing; delete ${folder}, "npm start" makes it again`);
  return { build: 'native', reason: stamp.reason, target };
}

function plain(reason: string): HnswBuild {
  return { build: 'plain', reason, target: PACKAGE };
}

function packagesFolder(): string {
  return path.dirname(path.dirname(packageRequire.resolve(`${PACKAGE}/package.json`)));
}

function readStamp(file: string): z.infer<typeof stampSchema> | undefined {
  try {
    return stampSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** The same as in scripts/build-native.mjs, which a test makes sure of. */
function processorKey(): string {
  const text = processorFeatures() ?? os.cpus()[0]?.model ?? 'unknown';
  return createHash('sha256').update(`${process.arch} ${text}`).digest('hex');
}

function processorFeatures(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim();
}
