/**
 * `imglish search`: words to photos, as a table or as JSON.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import path from 'node:path';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { SearchEngine, type SearchResponse } from '../../query/index.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import { formatNumber, interruptible, note, printable, printJson, printLine } from './terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly filesOnly?: boolean;
  readonly top: number;
}

const TOP_DEFAULT = 10;
const TOP_MAX = 1000;

export function searchCommand(): Command {
  const command = new Command('search')
    .description('find the photos that fit the words')
    .argument('<query...>', 'what the photo shows, in plain words')
    .option('-t, --top <count>', `how many photos, 1 to ${TOP_MAX}`, parseTop, TOP_DEFAULT)
    .option('-f, --files-only', 'print the paths alone, one a line')
    .option('--json', 'print one JSON document')
    .action(async (words: string[]) => {
      await search(command, words.join(' '));
    });
  return settingOptions(command, modelSettings);
}

async function search(command: Command, text: string): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  const response = await interruptible(async (signal) => {
    // The towers of photos and of pairs are not needed, and stay unloaded.
    const embedder = await openModel(settings, { preload: ['text'] });
    return using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'read');
      return using([library], () =>
        new SearchEngine({ library, embedder }).search(
          { text, limit: flags.top, collapse: 'none' },
          { signal },
        ),
      );
    });
  });
  if (response.truncatedText) note('The query is longer than this model reads; its end was ignored.');
  if (flags.json === true) printJson({ query: text, ...response });
  else if (flags.filesOnly === true) for (const { image } of response.hits) printLine(image.path);
  else printTable(response);
}

function printTable({ hits, timings }: SearchResponse): void {
  if (hits.length === 0) {
    printLine('The library holds no photos yet. Add some with: imglish index <folder>');
    return;
  }
  const table = new Table({
    head: ['#', 'score', 'photo', 'size', 'taken'],
    style: { head: [], border: [] },
  });
  for (const { rank, score, image } of hits) {
    table.push([
      rank,
      score.toFixed(3),
      printable(
        path.relative(process.cwd(), image.path).startsWith('..')
          ? image.path
          : path.relative(process.cwd(), image.path),
      ),
      `${image.width} × ${image.height}`,
      image.takenAt?.slice(0, 10) ?? '',
    ]);
  }
  printLine(table.toString());
  printLine(
    `${formatNumber(timings.totalMs, 1)} ms (words ${formatNumber(timings.encodeMs, 1)}, index ${formatNumber(timings.searchMs, 1)}). ` +
      'The score is a cosine: it orders photos, and says nothing of its own.',
  );
}

function parseTop(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= TOP_MAX) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${TOP_MAX}`);
}
