/**
 * A worker process made to be killed: `node worker-child.js <redis> <photos> <name> [poison] [ms per batch]`. It ends by itself,
 * without a word, when it meets a file named like `poison`.
 * Source: our own. Deviation: none.
 */
import { startWorker } from '../../../../indexer/index.ts';
import type { CallOptions } from '../../../../model/index.ts';
import { ColourEmbedder } from '../../../support/colour-embedder.ts';

const [redisUrl = '', photos = '', name = '', poison = '', batchMs = '20'] = process.argv.slice(2);

/** A picture that is nearly all white makes this worker die, as a fault in a decoder would. */
function isPoison(pixels: Float32Array): boolean {
  return pixels.every((value) => value > 0.9);
}

class FragileEmbedder extends ColourEmbedder {
  override async encodeImages(
    images: readonly Float32Array[],
    options: CallOptions = {},
  ): Promise<Float32Array[]> {
    console.log('batch');
    const vectors = await super.encodeImages(images, options);
    if (poison !== '' && images.some(isPoison)) process.kill(process.pid, 'SIGKILL');
    return vectors;
  }
}

const controller = new AbortController();
process.on('SIGTERM', () => controller.abort());
const done = await startWorker(new FragileEmbedder({ batchMs: Number(batchMs) }), {
  redisUrl,
  rules: [{ owner: photos, worker: photos }],
  name,
  signal: controller.signal,
  onNotice: (notice) => console.log(notice),
});
console.log(JSON.stringify(done));
