/**
 * Loads what speaks to Redis when it is asked for: without the setting not even the code that could dial is there.
 * Source: our own. Deviation: none.
 */
import type { Embedder } from '../../../model/index.ts';
import type { Library } from '../../library/library.ts';
import type { PhotoEncoder } from '../../pipeline/photo-encoder.ts';
import type { RemoteEncoderOptions } from './remote-encoder.ts';
import type { WorkerOptions, WorkerProgress } from './run-worker.ts';

/** See `RemoteEncoder.open`. */
export async function openRemoteEncoder(
  library: Library,
  embedder: Embedder,
  options: RemoteEncoderOptions,
): Promise<PhotoEncoder> {
  const { RemoteEncoder } = await import('./remote-encoder.ts');
  return RemoteEncoder.open(library, embedder, options);
}

/** See `runWorker`. */
export async function startWorker(embedder: Embedder, options: WorkerOptions): Promise<WorkerProgress> {
  const { runWorker } = await import('./run-worker.ts');
  return runWorker(embedder, options);
}
