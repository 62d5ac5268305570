/**
 * `imglish eval --queries`: opens model and library, asks every query in several ways, prints.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import type { Settings } from '../../../indexer/index.ts';
import type { Embedder } from '../../../model/index.ts';
import { SearchEngine } from '../../../query/index.ts';
import {
  drawSample,
  evaluateQueries,
  libraryTables,
  readQueries,
  type Configuration,
  type LibraryReport,
} from '../../evaluate/index.ts';
import { openLibrary, openModel, using } from '../context.ts';
import { formatNumber, formatSeconds, interruptible, note, printable, ProgressLine } from '../terminal.ts';
import { sampleOf, type EvalFlags } from './flags.ts';
import { printReport } from './print-report.ts';

const RERANK_DEFAULT = 32;

/** Judgements that are named one by one. */
const UNKNOWN_SHOWN_MAX = 10;

export async function evaluateLibrary(
  flags: EvalFlags & { readonly queries: string },
  settings: Settings,
): Promise<void> {
  const line = new ProgressLine({ isQuiet: flags.json === true });
  const sample = sampleOf(flags);
  const { report, about } = await interruptible(async (signal) => {
    const all = await readQueries(flags.queries);
    const queries = sample === undefined ? all : drawSample(all, sample);
    const embedder = await openModel(settings, { preload: ['text'] });
    return using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'read');
      return using([library], async () => ({
        report: await evaluateQueries({
          library,
          openEngine: () => new SearchEngine({ library, embedder }),
          queries,
          configurations: configurationsOf(flags, embedder),
          signal,
          onProgress: ({ phase, done, total }) =>
            line.show(`${phase}: ${formatNumber(done)} of ${formatNumber(total)}`),
        }),
        about: {
          model: { name: embedder.name, identity: embedder.identity },
          library: settings.dataFolder,
          sample: sample ?? null,
        },
      }));
    });
  }).finally(() => line.clear());
  printReport(flags, {
    about,
    report,
    tables: libraryTables(report),
    title: `Model ${about.model.name} on ${path.basename(flags.queries)}`,
  });
  noteWhatIsUnknown(report);
}

/** Vectors alone, with words, with the fusion encoder, with both. */
function configurationsOf(
  { rerank, quick }: EvalFlags,
  { canFuse }: Pick<Embedder, 'canFuse'>,
): Configuration[] {
  const first: Configuration[] = [
    { name: 'vectors', request: { words: 'off', rerank: false } },
    { name: 'words auto', request: { words: 'auto', rerank: false } },
    { name: 'words on', request: { words: 'on', rerank: false } },
  ];
  const windows = rerank ?? (canFuse && quick !== true ? [RERANK_DEFAULT] : []);
  const reranked = windows.flatMap((k): Configuration[] => [
    { name: `rerank ${k}`, request: { words: 'off', rerank: { k } } },
    { name: `words auto, rerank ${k}`, request: { words: 'auto', rerank: { k } } },
  ]);
  return [...first, ...reranked];
}

function noteWhatIsUnknown(report: LibraryReport): void {
  const { unknown, left, queries, negativeQueries, openQueries, seconds } = report;
  note(
    `${formatNumber(queries)} queries, ${formatNumber(openQueries)} that something should match, and ${formatNumber(negativeQueries)} that nothing should, in ${formatSeconds(seconds)}.`,
  );
  if (unknown.length > 0) {
    note(`${formatNumber(unknown.length)} relevant photos are not in the library and count for nothing:`);
    for (const one of unknown.slice(0, UNKNOWN_SHOWN_MAX)) {
      note(`  line ${one.line}: ${printable(String(one.photo))}`);
    }
    if (unknown.length > UNKNOWN_SHOWN_MAX)
      note(`  and ${formatNumber(unknown.length - UNKNOWN_SHOWN_MAX)} more`);
  }
  if (left.length > 0) {
    note(`${formatNumber(left.length)} queries are left out, as none of their photos is there.`);
  }
}
