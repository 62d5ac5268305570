/**
 * Chooses who turns files into vectors: this process, or workers beside it.
 * Source: our own. Deviation: none.
 */
import type { Embedder } from '../../model/index.ts';
import { openRemoteEncoder } from '../jobs/remote/index.ts';
import type { Library } from '../library/library.ts';
import { LocalEncoder } from './local-encoder.ts';
import type { PhotoEncoder } from './photo-encoder.ts';

export interface EncoderOptions {
  /** Larger files are refused. */
  readonly fileBytesMax: number;
  /** Photos with more pixels are refused. */
  readonly imagePixelsMax: number;
  /** Photos that this process reads and decodes at once, 1 to 64; default: twice the processors, 8 at most. */
  readonly concurrency?: number | null | undefined;
  /** Server over which workers are asked, redis://host:6379; default: none, no port is dialled. */
  readonly redisUrl?: string | null | undefined;
  /** Whether this process works beside the workers, default true; without, it does only what they cannot. */
  readonly localWork?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of what a person should know, such as a server that is away. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** @throws AppError REDIS_UNAVAILABLE, INVALID_ARGUMENT */
export async function openEncoder(
  library: Library,
  embedder: Embedder,
  options: EncoderOptions & { readonly isDryRun?: boolean },
): Promise<PhotoEncoder> {
  const { fileBytesMax, imagePixelsMax, redisUrl = null, isDryRun = false, signal } = options;
  const concurrency = options.concurrency ?? undefined;
  if (redisUrl === null || isDryRun) {
    return new LocalEncoder(embedder, { fileBytesMax, imagePixelsMax, concurrency, isDryRun, signal });
  }
  return openRemoteEncoder(library, embedder, { ...options, concurrency, redisUrl });
}
