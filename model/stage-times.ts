/**
 * Tells whoever listens how long decoding a picture or running the network took; where nobody does, it costs nothing.
 * Source: Node's diagnostics_channel. Deviation: none.
 */
import { channel } from 'node:diagnostics_channel';

export interface StageTime {
  /** `decode`: a picture to pixels of the network's size; the others: one run of that tower */
  readonly stage: 'decode' | 'vision' | 'text' | 'fusion';
  readonly ms: number;
  /** Pictures, texts or pairs that it was for. */
  readonly items: number;
}

const stageTimes = channel('imglish:stage');

/** @returns ends the listening */
export function listenToStages(listener: (time: StageTime) => void): () => void {
  const onMessage = (message: unknown): void => listener(message as StageTime);
  stageTimes.subscribe(onMessage);
  return () => {
    stageTimes.unsubscribe(onMessage);
  };
}

/** Work that fails is not told. */
export async function timed<T>(stage: StageTime['stage'], items: number, work: () => Promise<T>): Promise<T> {
  if (!stageTimes.hasSubscribers) return work();
  const start = performance.now();
  const result = await work();
  stageTimes.publish({ stage, items, ms: performance.now() - start } satisfies StageTime);
  return result;
}
