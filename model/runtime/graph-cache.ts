/**
 * Generated graphs on disk, one folder for each (weights, request, precision).
 * Source: our own. Deviation: none.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildGraph, Weights, type GraphPrecision, type GraphRequest } from '../beit3/index.ts';
import { openCheckpoint } from '../checkpoint/index.ts';
import type { Beit3Config } from '../config.ts';
import { GRAPH_FILE, writeGraph } from '../onnx/index.ts';

/** Part of every cache key: raise it whenever the same request would give another graph. */
const BUILDER_VERSION = 3;

export interface GraphSource {
  readonly config: Beit3Config;
  /** .safetensors */
  readonly weightsFile: string;
  readonly weightsSha256: string;
}

/**
 * The path of the graph's .onnx file; it is generated if it is not there yet.
 * @throws AppError UNSUPPORTED where the weights lack a head, DISK_FULL
 */
export async function cachedGraph(
  source: GraphSource,
  request: GraphRequest,
  precision: GraphPrecision,
  cacheFolder: string,
): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([BUILDER_VERSION, source.weightsSha256, source.config, request, precision]))
    .digest('hex')
    .slice(0, 32);
  const folder = path.join(cacheFolder, 'graphs', `${request.tower}-${precision}-${key}`);
  const file = path.join(folder, GRAPH_FILE);
  // A folder is renamed into its place when complete, so what exists is whole.
  if (existsSync(file)) return file;
  const checkpoint = await openCheckpoint(source.weightsFile);
  try {
    await writeGraph(buildGraph(source.config, new Weights(checkpoint, precision), request), folder);
  } finally {
    await checkpoint.close();
  }
  return file;
}
