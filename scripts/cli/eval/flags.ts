/**
 * What `imglish eval` is told.
 * Source: our own. Deviation: none.
 */
import type { DatasetName, Sample } from '../../evaluate/index.ts';

export interface EvalFlags {
  readonly images?: string;
  readonly annotations?: string;
  readonly captions?: string;
  readonly queries?: string;
  readonly dataset?: DatasetName;
  readonly split?: string;
  readonly rerank?: readonly number[];
  readonly fold?: number;
  readonly sample?: number;
  readonly seed?: number;
  readonly keepVectors?: boolean;
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

export function sampleOf({ sample, seed }: EvalFlags): Sample | undefined {
  if (sample === undefined) return undefined;
  return { count: sample, ...(seed !== undefined && { seed }) };
}
