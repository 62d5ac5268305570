/**
 * Gives every text its vector in the generation of a model.
 * Source: our own. Deviation: none.
 *
 * What is missing is read from the database, so a run that was killed goes on where it was, and a run over a
 * complete corpus costs one query.
 */
import { isAppError, type Embedder } from '../../model/index.ts';
import type { JobSkip } from '../jobs/job-queue.ts';
import type { Library } from '../library/library.ts';
import type { TextToEmbed } from '../store/index.ts';
import { WorkMeter } from '../pipeline/work-meter.ts';
import { encodePatiently } from './patient-encoder.ts';
import type { EmbedTextsReport, ImportTextsOptions } from './text-report.ts';

/** Texts that are encoded and committed at once. */
const BATCH_TEXTS = 64;

/** @throws AppError ABORTED, INFERENCE_FAILED, DISK_FULL, LIBRARY_MISMATCH; what is committed stays */
export async function embedMissingTexts(
  library: Library,
  embedder: Embedder,
  options: Pick<ImportTextsOptions, 'signal' | 'onProgress' | 'onSkip'> = {},
): Promise<EmbedTextsReport> {
  const start = performance.now();
  const { textVectors } = library.store;
  const generation = library.generationFor(embedder);
  const meter = new WorkMeter(options.onProgress);
  const total = textVectors.missingCount(generation.id);
  let [embedded, skipped, after] = [0, 0, 0];
  const skip = (problem: JobSkip): void => {
    skipped += 1;
    options.onSkip?.(problem);
  };
  for (;;) {
    const texts = textVectors.missing(generation.id, after, BATCH_TEXTS);
    const last = texts.at(-1);
    if (last === undefined) break;
    const entries = await encode(embedder, texts, { signal: options.signal, skip });
    textVectors.add(generation.id, entries);
    embedded += entries.length;
    after = last.id;
    meter.update('embedding', { done: embedded + skipped, total, skipped });
  }
  meter.update('embedding', { done: embedded + skipped, total, skipped, isLast: true });
  // A reader cannot write a snapshot; without one it would build the index anew each time.
  const isSearched = library.generation.id === generation.id;
  if (isSearched && textVectors.summary(generation.id).count > 0) await library.saveTexts();
  return { embedded, skipped, seconds: (performance.now() - start) / 1000 };
}

/**
 * The same for some texts, as far as they have none. A text that the model cannot read is passed over.
 * @throws AppError as `embedMissingTexts`
 */
export async function embedTexts(
  library: Library,
  embedder: Embedder,
  { id, dimension }: { readonly id: number; readonly dimension: number },
  textIds: readonly number[],
): Promise<void> {
  const { texts, textVectors } = library.store;
  const missing = textIds.filter((textId) => textVectors.get(id, textId, dimension) === undefined);
  for (let start = 0; start < missing.length; start += BATCH_TEXTS) {
    const batch = texts.byIds(missing.slice(start, start + BATCH_TEXTS));
    const context = { signal: undefined, skip: () => undefined };
    textVectors.add(id, await encode(embedder, batch, context));
  }
}

interface EncodeContext {
  readonly signal: AbortSignal | undefined;
  readonly skip: (skip: JobSkip) => void;
}

async function encode(
  embedder: Embedder,
  texts: readonly TextToEmbed[],
  context: EncodeContext,
): Promise<{ readonly textId: number; readonly vector: Float32Array }[]> {
  try {
    return await encodeAll(embedder, texts, context.signal);
  } catch (error) {
    if (!isAppError(error, 'TEXT_INVALID')) throw error;
    const [only] = texts;
    if (texts.length > 1 || only === undefined) {
      // One of them has no words for the model; each by itself says which.
      const parts = [];
      for (const text of texts) parts.push(...(await encode(embedder, [text], context)));
      return parts;
    }
    context.skip({
      place: `text ${only.id}`,
      code: error.code,
      message: `text ${only.id} (${JSON.stringify(only.text.slice(0, 40))}): ${error.message}`,
    });
    return [];
  }
}

async function encodeAll(
  embedder: Embedder,
  texts: readonly TextToEmbed[],
  signal: AbortSignal | undefined,
): Promise<{ readonly textId: number; readonly vector: Float32Array }[]> {
  const encoded = await encodePatiently(
    embedder,
    texts.map(({ text }) => text),
    signal,
  );
  return texts.flatMap(({ id }, index) => {
    const vector = encoded[index]?.vector;
    return vector === undefined ? [] : [{ textId: id, vector }];
  });
}
