/**
 * A few pictures of the demo album with their captions, indexed and served as `npm start` serves them: with lookups and jobs.
 * Source: our own. Deviation: in this process.
 */
import path from 'node:path';
import { importTexts, openJobQueue, type JobQueue } from '../../indexer/index.ts';
import { LookupEngine, SearchEngine } from '../../query/index.ts';
import { renderAlbum } from '../../scripts/demo-album/index.ts';
import type { AppOptions, Server } from '../../web/index.ts';
import { jobOptions } from '../web/jobs/job-options.ts';
import { index, openSmallLibrary, serveSmall, type SmallLibrary } from '../web/small-library.ts';

export interface DemoLibrary {
  readonly small: SmallLibrary;
  readonly queue: JobQueue;
  serve(options?: Partial<AppOptions>): Promise<Server>;
  close(): Promise<void>;
}

/** @param pictures how many; 0: an empty library and an empty folder */
export async function openDemoLibrary(pictures: number): Promise<DemoLibrary> {
  const small = await openSmallLibrary(0);
  const { library, embedder, photos } = small;
  const queue = await openJobQueue({ dataFolder: library.dataFolder, redisUrl: null });
  const engine = new SearchEngine({ library, embedder });
  if (pictures > 0) {
    const album = path.join(photos, 'album');
    await renderAlbum({ folder: album, count: pictures, side: 320 });
    await index(library, embedder, photos);
    await importTexts(library, embedder, { source: path.join(album, 'captions.jsonl') });
  }
  const lookup = new LookupEngine({
    library,
    embedderOf: (identity) => engine.embedderOf(identity),
    scorer: engine.scorer,
  });
  return {
    small,
    queue,
    serve: (options = {}) =>
      serveSmall(
        { library, engine },
        { lookup, jobs: jobOptions(queue, [photos]), graceMs: 500, ...options },
      ),
    async close() {
      await queue.close();
      await small.close();
    },
  };
}
