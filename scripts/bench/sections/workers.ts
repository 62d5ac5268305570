/**
 * Indexing with worker processes: what they add, and what the way over Redis costs. All on this one machine, so that
 * they share its processors: two machines would have twice as many.
 * Source: our own. Deviation: none.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { indexPhotos, Library, type IndexReport } from '../../../indexer/index.ts';
import { BUILTIN_MODEL, openEmbedder, type Embedder } from '../../../model/index.ts';
import { copyPhotos } from '../photo-folders.ts';
import { photosIn, photoSets } from '../photo-sets.ts';
import { indexLimits } from '../pipeline-stages.ts';
import { startRedisProcess, type RedisProcess } from '../redis-process.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

/** Half a minute of each contestant; a quick run shows only that they work. */
const PHOTOS = 1600;
const PHOTOS_QUICK = 48;

const program = path.join(import.meta.dirname, '..', '..', 'imglish.js');

interface Contestant {
  readonly name: string;
  readonly workers: number;
  /** null: no Redis at all */
  readonly localWork: boolean | null;
}

const contestants: readonly Contestant[] = [
  { name: 'this process, no Redis', workers: 0, localWork: null },
  { name: 'this process, over Redis', workers: 0, localWork: true },
  { name: '1 worker process', workers: 1, localWork: false },
  { name: '2 worker processes', workers: 2, localWork: false },
  { name: 'this process and 1 worker process', workers: 1, localWork: true },
];

export const workersSection: BenchSection = {
  name: 'workers',
  title: 'Indexing with worker processes on this one machine',
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const { workFolder, quick, note } = context;
  const redis = await startRedisProcess(workFolder);
  if (redis === null) {
    result.remark('Not measured: redis-server is not installed (Debian: apt-get install redis-server).');
    return result.result();
  }
  const cacheFolder = path.join(workFolder, 'cache');
  await mkdir(cacheFolder);
  const embedder = await openEmbedder({
    model: BUILTIN_MODEL,
    modelsFolder: workFolder,
    cacheFolder,
    device: 'cpu',
    preload: ['vision'],
  });
  try {
    const [set] = await photoSets(context);
    if (set === undefined) throw new Error('there are no photos to measure with');
    const photos = path.join(workFolder, 'photos');
    await copyPhotos(await photosIn(set.folder), quick ? PHOTOS_QUICK : PHOTOS, photos);
    const bench = { photos, cacheFolder, dataFolder: path.join(workFolder, 'data'), embedder, redis };
    const rows: string[][] = [];
    let alone = 0;
    for (const contestant of contestants) {
      note(`workers: ${contestant.name}`);
      const { added, seconds, workers } = await measure(bench, contestant);
      const rate = result.value(`${contestant.name}, photos per second`, added / seconds);
      alone = contestant.localWork === null ? rate : alone;
      const shares = workers.map((share) => `${share.worker}: ${share.photos}`).join(', ');
      rows.push([
        contestant.name,
        String(added),
        figure(rate),
        `${Math.round((rate / alone) * 100)} %`,
        shares,
      ]);
    }
    result.table(
      `Photos per second, ${set.name}`,
      ['who embeds', 'photos', 'photos/s', 'of the first', 'photos by'],
      rows,
    );
    result.remark(
      'One machine: workers and owner share its processors, so more of them add little here; each on a machine of its own adds its own.',
    );
  } finally {
    await embedder.close();
    await redis.close();
  }
  return result.result();
}

interface Bench {
  readonly photos: string;
  readonly cacheFolder: string;
  readonly dataFolder: string;
  readonly embedder: Embedder;
  readonly redis: RedisProcess;
}

/** From the first look at the folder to the last commit, with models loaded before. */
async function measure(bench: Bench, { workers, localWork }: Contestant): Promise<IndexReport> {
  const { photos, dataFolder, embedder, redis } = bench;
  const children: ChildProcess[] = [];
  for (let index = 1; index <= workers; index += 1) {
    children.push(await startWorkerProcess(bench, `worker-${index}`));
  }
  const library = await Library.open({ dataFolder, mode: 'write', model: embedder });
  try {
    return await indexPhotos(library, embedder, {
      roots: [photos],
      excludeFolders: [],
      followSymlinks: false,
      ...indexLimits,
      redisUrl: localWork === null ? null : redis.url,
      localWork: localWork ?? true,
    });
  } finally {
    await library.close();
    await rm(dataFolder, { recursive: true });
    for (const child of children) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  }
}

/** @returns once its model is loaded and it waits for work */
async function startWorkerProcess(
  { cacheFolder, photos, redis }: Bench,
  name: string,
): Promise<ChildProcess> {
  const parameters = ['--redis', redis.url, '--name', name, '--cache', cacheFolder, '--model', BUILTIN_MODEL];
  const child = spawn(
    process.execPath,
    [program, 'worker', ...parameters, '--root', photos, '--device', 'cpu', '--no-progress'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  for await (const line of createInterface({ input: child.stderr })) {
    if (!line.includes('no library asks for workers yet')) continue;
    child.stderr.resume();
    return child;
  }
  throw new Error(`worker "${name}" ended before it was ready`);
}
