/**
 * Captions to vectors.
 * Source: our own. Deviation: none.
 */
import { joinRows, type EmbeddingOptions } from './embed-photos.ts';

export interface EmbeddedCaptions {
  /** float32 [captions, D] */
  readonly texts: Float32Array;
  /** captions longer than the model reads */
  readonly truncated: number;
  /** captions whose vector was kept from an earlier run */
  readonly fromKept: number;
}

/** Handed to the embedder at a time: its queue is bounded. */
const CAPTIONS_AT_ONCE = 512;

export async function embedCaptions(
  captions: readonly string[],
  { embedder, kept, signal, onProgress }: Omit<EmbeddingOptions, 'imagesFolder'>,
): Promise<EmbeddedCaptions> {
  const rows: Float32Array[] = [];
  let truncated = 0;
  let fromKept = 0;
  for (let start = 0; start < captions.length; start += CAPTIONS_AT_ONCE) {
    const part = captions.slice(start, start + CAPTIONS_AT_ONCE);
    const known = part.map((caption) => {
      const whole = kept?.get('text', caption);
      return { caption, vector: whole ?? kept?.get('truncated text', caption), isWhole: whole !== undefined };
    });
    const fresh = known.filter(({ vector }) => vector === undefined).map(({ caption }) => caption);
    const encoded = await embedder.encodeTexts(fresh, signal === undefined ? {} : { signal });
    for (const { caption, vector, isWhole } of known) {
      if (vector !== undefined) {
        rows.push(vector);
        fromKept += 1;
        if (!isWhole) truncated += 1;
        continue;
      }
      const one = encoded.shift();
      if (one === undefined) throw new Error('the encoder gave no vector for a caption');
      rows.push(one.vector);
      if (one.truncated) truncated += 1;
      await kept?.put(one.truncated ? 'truncated text' : 'text', caption, one.vector);
    }
    onProgress?.({ phase: 'captions', done: rows.length, total: captions.length });
  }
  return { texts: joinRows(rows, embedder.dimension), truncated, fromKept };
}
