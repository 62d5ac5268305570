/**
 * Files into the index: all stages together against the slowest one alone, a second run, and memory.
 * Source: our own. Deviation: none.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { hnswDefaults, Library } from '../../../indexer/index.ts';
import { BUILTIN_MODEL, importModel, openEmbedder, type Embedder } from '../../../model/index.ts';
import { copyPhotos, paintPhotos } from '../photo-folders.ts';
import { photosIn, photoSets } from '../photo-sets.ts';
import type { PipelineAnswer, PipelineRequest } from '../pipeline-child.ts';
import {
  commitAll,
  decodeAll,
  embedAll,
  indexFolder,
  readAll,
  timeStage,
  workItems,
  type StageTime,
} from '../pipeline-stages.ts';
import { lackOfRoom, writeBaseCheckpoint } from '../random-checkpoint.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

/** Photos of one set: enough for half a minute, copies where there are fewer; a larger folder is taken whole. */
const PHOTOS_MIN = 320;
const PHOTOS_QUICK = 24;
/** With a large network: it needs a tenth of a second or more for each. */
const PHOTOS_LARGE = 64;

/** Of our own making, see random-checkpoint.ts. */
const LARGE_MODEL = 'base';

const RATIO_GOAL = 0.85;
const SECOND_RUN_SECONDS_MAX = 3;

const DECODED = [1000, 10_000] as const;
const DECODED_QUICK = [40, 80] as const;
const ENTRIES = [1000, 10_000, 100_000] as const;
const ENTRIES_QUICK = [1000, 2000] as const;

/** Of a point of the graph: links with their count, and its label. */
const POINT_BYTES = hnswDefaults.m * 2 * 4 + 4 + 8;

export const pipelineSection: BenchSection = {
  name: 'pipeline',
  title: 'Files to index: all stages against the slowest alone; a second run; memory',
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const start = performance.now();
  const cacheFolder = path.join(context.workFolder, 'cache');
  await mkdir(cacheFolder);
  const sets = await photoSets(context);
  const rows: string[][] = [];
  const measureModel = async (model: string, countOf: (photos: number) => number): Promise<number> => {
    const { workFolder: modelsFolder } = context;
    const embedder = await openEmbedder({ model, modelsFolder, cacheFolder, device: 'cpu' });
    try {
      for (const { name, folder } of sets) {
        const sources = await photosIn(folder);
        const set = { name: `${model}, ${name}`, sources, count: countOf(sources.length) };
        rows.push(...(await measureSet(set, embedder, context, result)));
      }
      return embedder.dimension;
    } finally {
      await embedder.close();
    }
  };
  const dimension = await measureModel(BUILTIN_MODEL, (photos) =>
    context.quick ? PHOTOS_QUICK : Math.max(photos, PHOTOS_MIN),
  );
  const lack = context.quick ? 'a quick run' : await lackOfRoom(context.workFolder);
  if (lack === undefined) {
    await makeLargeModel(context);
    await measureModel(LARGE_MODEL, () => PHOTOS_LARGE);
  } else {
    result.remark(`Not measured with a network of the size of BEiT-3 base: ${lack}.`);
  }
  result.table(
    'Photos per second, and how busy all processors were',
    ['model and photos', 'count', 'stage', 'photos/s', 'busy'],
    rows,
  );
  await measureMemory(context, cacheFolder, dimension, result);
  result.remark(`Measured in ${figure((performance.now() - start) / 60_000, 'minutes')}.`);
  return result.result();
}

async function makeLargeModel({ workFolder, note }: BenchContext): Promise<void> {
  note('pipeline: making a model of the size of BEiT-3 base');
  const checkpoint = path.join(workFolder, 'base.pth');
  await writeBaseCheckpoint(checkpoint);
  await importModel({ checkpoint, modelsFolder: workFolder, name: LARGE_MODEL });
  await rm(checkpoint);
}

async function measureSet(
  set: { readonly name: string; readonly sources: readonly string[]; readonly count: number },
  embedder: Embedder,
  { workFolder, note }: BenchContext,
  result: ResultBuilder,
): Promise<string[][]> {
  const { sources, count } = set;
  const folder = path.join(workFolder, 'photos');
  const items = await workItems(await copyPhotos(sources, count, folder));
  const rows: string[][] = [];
  const stage = async <T>(
    name: string,
    photos: number,
    work: () => Promise<T>,
  ): Promise<StageTime & { value: T }> => {
    note(`pipeline: ${set.name}, ${name}`);
    let value: T | undefined;
    const time = await timeStage(photos, async () => {
      value = await work();
    });
    result.value(`${set.name}: ${name}, photos per second`, time.photosPerSecond);
    rows.push([set.name, String(photos), name, figure(time.photosPerSecond), percent(time.busyShare)]);
    return { ...time, value: value as T };
  };
  // Loads the network, and fills caches of the system.
  await readAll(embedder, items);
  const warm = await decodeAll(embedder, items.slice(0, embedder.batchSizeMax));
  await embedAll(embedder, warm.pixels, warm.pixels.length);

  const dataFolder = path.join(workFolder, 'data');
  const commitFolder = path.join(workFolder, 'commit');
  const read = await stage('read and hash', items.length, () => readAll(embedder, items));
  const decode = await stage('read, decode, resize, preview', items.length, () => decodeAll(embedder, items));
  const { photos, pixels } = decode.value;
  const embed = await stage('embed', items.length, () => embedAll(embedder, pixels, items.length));
  const library = await Library.open({ dataFolder: commitFolder, mode: 'write', model: embedder });
  const commit = await stage('commit and index', photos.length, () =>
    commitAll(library, photos, embedder.batchSizeMax),
  );
  await library.close();
  const all = await stage('all together', count, () => indexFolder(dataFolder, folder, embedder));
  const again = await stage('second run', count, () => indexFolder(dataFolder, folder, embedder));
  const slowest = Math.min(...[read, decode, embed, commit].map(({ photosPerSecond }) => photosPerSecond));
  const ratio = all.photosPerSecond / slowest;
  result.value(`${set.name}: share of the slowest stage`, ratio);
  result.value(`${set.name}: second run seconds`, count / again.photosPerSecond);
  result.remark(
    `${set.name}: all together reach ${percent(ratio)} of the slowest stage alone (goal: ${percent(RATIO_GOAL)}); ${boundOf([decode, embed, commit], all)}`,
  );
  result.remark(
    `${set.name}: a second run over ${count} unchanged photos takes ${figure(count / again.photosPerSecond, 's')} with opening and closing (goal for 8,091: ${SECOND_RUN_SECONDS_MAX} s).`,
  );
  await Promise.all([folder, dataFolder, commitFolder].map((name) => rm(name, { recursive: true })));
  return rows;
}

/** Stages that share the processors cannot be faster together than the sum of their processor time allows. */
function boundOf(stages: readonly StageTime[], all: StageTime): string {
  const timePerPhoto = stages.reduce(
    (sum, { busyShare, photosPerSecond }) => sum + busyShare / photosPerSecond,
    0,
  );
  return `their processor time allows ${figure(1 / timePerPhoto)} photos/s, of which this is ${percent(all.photosPerSecond * timePerPhoto)}.`;
}

async function measureMemory(
  { workFolder, quick, note }: BenchContext,
  cacheFolder: string,
  dimension: number,
  result: ResultBuilder,
): Promise<void> {
  const rows: string[][] = [];
  const folder = path.join(workFolder, 'painted');
  const ask = (work: PipelineRequest['work'], count: number, marks: readonly number[]): PipelineRequest => ({
    work,
    count,
    marks,
    folder,
    cacheFolder,
    dataFolder: path.join(workFolder, `memory-${work}`),
  });
  const row = (name: string, count: number, resident: number): void => {
    const graph = count * (dimension * Float32Array.BYTES_PER_ELEMENT + POINT_BYTES);
    result.value(`${name}: resident bytes at ${count}`, resident);
    rows.push([
      name,
      String(count),
      ...[resident, graph, resident - graph].map((b) => figure(b / 1e6, 'MB')),
    ]);
  };
  for (const count of quick ? DECODED_QUICK : DECODED) {
    note(`pipeline: memory, ${count} files`);
    await paintPhotos(count, folder);
    const request = ask('files', count, []);
    const { peakBytes } = await runChild(request);
    row('decoded files, largest', count, peakBytes);
    await rm(request.dataFolder, { recursive: true });
  }
  const marks = quick ? ENTRIES_QUICK : ENTRIES;
  const count = marks.at(-1) ?? 0;
  note(`pipeline: memory, ${count} made-up photos`);
  const answer = await runChild(ask('entries', count, marks));
  for (const [index, mark] of marks.entries()) row('made-up photos', mark, answer.residentBytes[index] ?? 0);
  result.table('Resident memory', ['photos', 'count', 'process', 'of it the graph', 'rest'], rows);
  const { openMs = Number.NaN, rebuildSeconds = Number.NaN, photosPerSecond } = answer;
  result.value('open ms', openMs);
  result.value('rebuild seconds', rebuildSeconds);
  result.remark(
    `${count} made-up photos: ${figure(photosPerSecond)} committed and indexed per second; opened with the snapshot in ${figure(openMs, 'ms')}, without it (the index is built from the database) in ${figure(rebuildSeconds, 's')}.`,
  );
}

async function runChild(request: PipelineRequest): Promise<PipelineAnswer> {
  const script = path.join(import.meta.dirname, '..', 'pipeline-child.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(request)]);
  return JSON.parse(stdout) as PipelineAnswer;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
