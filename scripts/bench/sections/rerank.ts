/**
 * Reading candidates together with the words of a query, against one plain run of the network over as many pairs.
 * Source: our own; pictures of the demo album. Deviation: none.
 */
import path from 'node:path';
import { indexPhotos, Library } from '../../../indexer/index.ts';
import {
  BUILTIN_MODEL,
  openEmbedder,
  preprocess,
  productPreprocess,
  type LocalEmbedder,
} from '../../../model/index.ts';
import { SearchEngine, type SearchResponse } from '../../../query/index.ts';
import { renderAlbum } from '../../demo-album/index.ts';
import { summarize } from '../measure.ts';
import { indexLimits } from '../pipeline-stages.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

const WINDOWS = [16, 32, 64, 128] as const;
const WINDOWS_QUICK = [16, 32] as const;
/** Searches of each size before it is measured: the compiler of JavaScript is done by then. */
const WARM_UP = 5;
const ROUNDS = 11;
const ROUNDS_QUICK = 5;
const SEED = 'test:71';

/** No two are the same, so nothing of a round is remembered in the next; all are of about the same length. */
const colours = ['red', 'green', 'blue', 'white', 'black', 'yellow', 'brown'] as const;
const things = [
  'house',
  'dog',
  'car',
  'boat',
  'tree',
  'horse',
  'cat',
  'bird',
  'kite',
  'ball',
  'bike',
] as const;

export const rerankSection: BenchSection = {
  name: 'rerank',
  title: 'Reranking by the fusion encoder against one plain run of the network',
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const windows: readonly number[] = context.quick ? WINDOWS_QUICK : WINDOWS;
  const rounds = context.quick ? ROUNDS_QUICK : ROUNDS;
  const album = path.join(context.workFolder, 'album');
  context.note('rerank: painting and indexing the album');
  await renderAlbum({ folder: album, count: windows.at(-1) ?? 0, seed: SEED });
  const embedder = await openEmbedder({
    model: BUILTIN_MODEL,
    modelsFolder: context.workFolder,
    cacheFolder: path.join(context.workFolder, 'cache'),
    preload: ['vision', 'text', 'fusion'],
  });
  const dataFolder = path.join(context.workFolder, 'data');
  const library = await Library.open({ dataFolder, mode: 'write', model: embedder });
  try {
    await indexPhotos(library, embedder, {
      roots: [album],
      excludeFolders: [],
      followSymlinks: false,
      ...indexLimits,
    });
    const engine = new SearchEngine({ library, embedder });
    const rows: (string | number)[][] = [];
    let serial = 0;
    const nextText = (): string => {
      serial += 1;
      const [a, b] = [colours[serial % colours.length] ?? '', things[serial % things.length] ?? ''];
      return `a ${a} ${b} and ${colours[(serial >> 3) % colours.length] ?? ''} number ${serial}`;
    };
    // Decodes every photo, whichever a query finds, and loads the network.
    const all = windows.at(-1) ?? 1;
    await engine.search({ text: nextText(), limit: all, words: 'off', rerank: { k: all } });
    for (const k of windows)
      rows.push(await measure({ engine, library, embedder, k, rounds, nextText }, result));
    result.table(
      'ms; "new": words that were never asked before, photos prepared already; "decoded": the photos are read from their files, too; "again": the same search once more, all of it',
      ['candidates', 'plain run', 'new, reading', 'of plain', 'decoded, reading', 'again, whole'],
      rows,
    );
  } finally {
    await library.close();
    await embedder.close();
  }
  return result.result();
}

interface Case {
  readonly engine: SearchEngine;
  readonly library: Library;
  readonly embedder: LocalEmbedder;
  readonly k: number;
  readonly rounds: number;
  readonly nextText: () => string;
}

async function measure(
  { engine, library, embedder, k, rounds, nextText }: Case,
  result: ResultBuilder,
): Promise<(string | number)[]> {
  const search = (text: string, by = engine): Promise<SearchResponse> =>
    by.search({ text, limit: k, words: 'off', rerank: { k } });
  const first = await search(nextText());
  const pixels = await Promise.all(
    first.hits.map(({ image }) => preprocess(image.path, embedder.preprocess, productPreprocess)),
  );
  for (let warm = 0; warm < WARM_UP; warm += 1) await search(nextText());
  const [plain, fresh, decoded, again]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const text = nextText();
    plain.push(await plainRun(embedder, pixels, text));
    const found = await search(text);
    if (found.reranked?.scored !== k || found.reranked.fromCache !== 0) {
      throw new Error(`rerank: ${JSON.stringify(found.reranked)}, expected ${k} fresh ones`);
    }
    fresh.push(found.timings.rerankMs);
    const start = performance.now();
    await search(text);
    again.push(performance.now() - start);
    // Another engine has prepared no photo yet.
    const bare = await search(nextText(), new SearchEngine({ library, embedder }));
    decoded.push(bare.timings.rerankMs);
  }
  const [plainMs, freshMs, decodedMs, againMs] = [plain, fresh, decoded, again].map(
    (times) => summarize(times).median,
  );
  const ratio = (freshMs ?? 0) / (plainMs ?? 1);
  result.value(`${k}: of a plain run`, ratio);
  result.value(`${k}: again ms`, againMs ?? 0);
  return [
    k,
    figure(plainMs ?? 0),
    figure(freshMs ?? 0),
    ratio.toFixed(2),
    figure(decodedMs ?? 0),
    figure(againMs ?? 0),
  ];
}

/** One run of the session over all pairs, tensors ready. @returns milliseconds */
async function plainRun(
  embedder: LocalEmbedder,
  pixels: readonly Float32Array[],
  text: string,
): Promise<number> {
  const { session } = await embedder.load('fusion');
  const { side } = embedder.preprocess;
  const ids = embedder.textKey(text).split(' ').map(BigInt);
  const size = 3 * side * side;
  const image = new Float32Array(pixels.length * size);
  for (const [index, one] of pixels.entries()) image.set(one, index * size);
  const rows = BigInt64Array.from(pixels.flatMap(() => ids));
  const dims = [pixels.length, ids.length];
  const start = performance.now();
  await session.run({
    image: { data: image, dims: [pixels.length, 3, side, side] },
    input_ids: { data: rows, dims },
    padding_mask: { data: new BigInt64Array(rows.length), dims },
  });
  return performance.now() - start;
}
