/**
 * The search for words: what it costs as a library grows. It runs on the thread that serves, so each time is one block.
 * Source: our own; made-up captions whose words are as common as Zipf's law says (1/rank). Deviation: none.
 */
import path from 'node:path';
import type { Library } from '../../../indexer/index.ts';
import { libraryWords } from '../../../query/index.ts';
import { makeLibrary } from '../made-up-library.ts';
import { summarize } from '../measure.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

const COUNTS = [10_000, 100_000] as const;
const COUNTS_QUICK = [2000, 10_000] as const;
const COUNT_FULL = 1_000_000;
/** The vectors are not looked at. */
const DIMENSION = 8;
const VOCABULARY = 20_000;
const WORDS_PER_CAPTION = 10;
const ROWS_PER_TRANSACTION = 1000;
const ROUNDS = 200;
const HITS = 200;

/** Ranks of the words of a query; word 1 is in most captions. */
const queries = {
  'one rare word': [5000],
  'three words of middling frequency': [200, 300, 400],
  'the ten most common words': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  'a word that is nowhere': [VOCABULARY + 1],
} as const;

export const wordsSection: BenchSection = {
  name: 'words',
  title: 'The search for words: building, latency, growth',
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const rows: (string | number)[][] = [];
  const usual: readonly number[] = context.quick ? COUNTS_QUICK : COUNTS;
  for (const count of context.full === true ? [...usual, COUNT_FULL] : usual) {
    const folder = path.join(context.workFolder, String(count));
    const { library } = await makeLibrary(folder, { count, queries: 8, dimension: DIMENSION });
    try {
      const start = performance.now();
      writeCaptions(library, count);
      const perSecond = count / ((performance.now() - start) / 1000);
      result.value(`${count}: captions a second`, perSecond);
      context.note(`words: ${count} captions, ${figure(perSecond)} a second`);
      for (const [name, ranks] of Object.entries(queries))
        rows.push(measure(library, count, name, ranks, result));
    } finally {
      await library.close();
    }
  }
  result.table(
    `${WORDS_PER_CAPTION} words a caption, the best ${HITS} with what matched; ms, all of it on the serving thread`,
    ['photos', 'query', 'worth it', 'hits', 'p50', 'p99', 'longest'],
    rows,
  );
  return result.result();
}

function writeCaptions({ store }: Library, count: number): void {
  const draw = zipf();
  const source = store.texts.start('/made-up/captions.csv', 'file');
  for (let start = 0; start < count; start += ROWS_PER_TRANSACTION) {
    const entries = Array.from({ length: Math.min(ROWS_PER_TRANSACTION, count - start) }, (_, row) => ({
      kind: 'caption' as const,
      text: Array.from({ length: WORDS_PER_CAPTION }, () => wordOf(draw())).join(' '),
      path: `/made-up/${start + row}.jpg`,
      key: null,
      metadata: null,
    }));
    store.texts.add(source, entries);
  }
}

function measure(
  library: Library,
  count: number,
  name: string,
  ranks: readonly number[],
  result: ResultBuilder,
): (string | number)[] {
  const text = ranks.map(wordOf).join(' ');
  const times: number[] = [];
  let [hits, profits] = [0, false];
  // The first rounds fill caches.
  for (let round = -5; round < ROUNDS; round += 1) {
    const start = performance.now();
    profits = libraryWords.profits(library, text);
    hits = libraryWords.hits(library, text, { limit: HITS }).length;
    if (round >= 0) times.push(performance.now() - start);
  }
  const { median, p99 } = summarize(times);
  result.value(`${count} ${name}: p50 ms`, median);
  return [count, name, profits ? 'yes' : 'no', hits, figure(median), figure(p99), figure(Math.max(...times))];
}

/** Letters that no English ending is made of, so that no two words share a stem. */
const LETTERS = 'bcfhjkmpqvwx';

function wordOf(rank: number): string {
  let word = '';
  for (let rest = rank; rest > 0; rest = Math.floor(rest / LETTERS.length))
    word += LETTERS[rest % LETTERS.length];
  return `z${word}z`;
}

/** Ranks from 1, seeded. */
function zipf(): () => number {
  const sums: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= VOCABULARY; rank += 1) sums.push((total += 1 / rank));
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const wanted = (state / 2 ** 32) * total;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
