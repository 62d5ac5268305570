/**
 * Between lists of single things and the batches that a tower takes.
 * Source: our own. Deviation: none.
 */
import { toTensors, type NetworkImage, type PreprocessSpec } from '../image/index.ts';
import { padRows } from '../text/index.ts';
import type { Batcher } from './batcher.ts';
import type { TensorData } from './session-messages.ts';

/** A batch that runs and one that waits keep the network busy; more would only hold memory. */
const BATCHES_IN_FLIGHT = 2;

/** `<s>`, ids, `</s>`; not padded */
export interface TokenRow {
  readonly ids: readonly number[];
  readonly truncated: boolean;
}

/** @returns float32 [B, 3, S, S] */
export function imageTensor(images: readonly NetworkImage[], spec: PreprocessSpec): TensorData {
  return { data: toTensors(images, spec), dims: [images.length, 3, spec.side, spec.side] };
}

/** @returns int64 [B, T] each, padded to the longest row */
export function textTensors(rows: readonly { readonly ids: readonly number[] }[]): {
  input_ids: TensorData;
  padding_mask: TensorData;
} {
  const { inputIds, paddingMask, batch, length } = padRows(rows.map((row) => row.ids));
  const dims = [batch, length];
  return { input_ids: { data: inputIds, dims }, padding_mask: { data: paddingMask, dims } };
}

/** An output [B, …], cut into its rows. */
export function splitRows(tensor: TensorData | undefined, rows: number): Float32Array[] {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('the graph gave no float32 output');
  const { data } = tensor;
  const width = data.length / rows;
  return Array.from({ length: rows }, (_, index) => data.slice(index * width, (index + 1) * width));
}

/** Feeds a long list to a batcher without filling its queue; results in order. */
export async function inSlices<In, Out>(
  items: readonly In[],
  batcher: Batcher<In, Out>,
  batchSize: number,
  signal: AbortSignal | undefined,
): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const start = next;
      next += batchSize;
      const part = await batcher.submit(items.slice(start, start + batchSize), signal);
      for (const [index, result] of part.entries()) results[start + index] = result;
    }
  };
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, lane));
  return results;
}
