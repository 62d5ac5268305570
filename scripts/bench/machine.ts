/**
 * The machine and the versions that figures were measured with: without them a figure says nothing.
 * Source: /proc/cpuinfo on Linux, os.cpus() elsewhere. Deviation: none.
 */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Instruction sets that decide how fast inference and vector search are. */
const FEATURES = ['avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp'] as const;

/** Packages with native code. */
const PACKAGES = ['onnxruntime-node', 'sharp', 'hnswlib-node', 'better-sqlite3'] as const;

export interface Machine {
  readonly processor: string;
  /** processors this process may use */
  readonly cores: number;
  readonly features: readonly string[];
  readonly memoryBytes: number;
  readonly system: string;
  /** average number of busy processors in the minute before; above 0.5 figures are too low */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    features: features(),
    memoryBytes: os.totalmem(),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    loadBefore: os.loadavg()[0] ?? 0,
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    },
  };
}

function features(): string[] {
  let text: string;
  try {
    text = readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return [];
  }
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/));
  return FEATURES.filter((feature) => flags.has(feature));
}

/** Read from the file, because not every package exports its package.json. */
function versionOf(name: string): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    try {
      const file = path.join(folder, 'node_modules', name, 'package.json');
      const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
      return typeof json === 'object' && json !== null && 'version' in json
        ? String(json.version)
        : 'unknown';
    } catch {
      if (folder === path.dirname(folder)) return 'not installed';
    }
  }
}
