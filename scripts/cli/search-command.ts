/**
 * `imglish search`: words and pictures to photos, as a table, as JSON, as paths or as a contact sheet.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { AppError, messageOf } from '../../model/index.ts';
import {
  collapseModes,
  SearchEngine,
  typedExamples,
  type SearchRequest,
  type SearchResponse,
} from '../../query/index.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import { contactSheet } from './search/contact-sheet.ts';
import { explainHits, EXPLAINED_MAX, wordsOf, type ExplainedHit } from './search/explain-hits.ts';
import { openFile } from './search/open-file.ts';
import { printHits, printReasons } from './search/print-hits.ts';
import { readRequest, type SearchFlags, type TypedRequest } from './search/read-request.ts';
import { interruptible, note, printJson, printLine } from './terminal.ts';

interface Flags extends SearchFlags {
  readonly json?: boolean;
  readonly filesOnly?: boolean;
  readonly why?: boolean;
  readonly open?: boolean;
  readonly out?: string;
}

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 1000;
const RERANK_MAX = 1000;
const BUDGET_MS_MAX = 3_600_000;

export function searchCommand(): Command {
  const limit = whole(1, LIMIT_MAX);
  const command = new Command('search')
    .description('find the photos that fit words, pictures, or both')
    .argument('[query...]', 'what the photo shows, in plain words; or the path of a picture')
    .option('-t, --limit <count>', `how many photos, 1 to ${LIMIT_MAX}`, limit, LIMIT_DEFAULT)
    .addOption(new Option('--top <count>', 'as --limit').argParser(limit).hideHelp())
    .option('--filter <filter>', 'only photos that pass, see below; may be repeated', collected)
    .option(
      '--rerank [k]',
      `read the best k photos (32) together with the words, 1 to ${RERANK_MAX}`,
      whole(1, RERANK_MAX),
    )
    .option(
      '--budget <ms>',
      'time for reranking; what is not reached keeps its place',
      whole(0, BUDGET_MS_MAX),
    )
    .option(
      '--min-match [p]',
      "leave out what matches with less than p, 0 to 1 (the model's own cut-off)",
      probability,
    )
    .addOption(
      new Option('--sort <order>', 'date: newest first inside each band').choices(['relevance', 'date']),
    )
    .addOption(
      new Option('--words <mode>', 'names, captions and keywords, too').choices(['auto', 'on', 'off']),
    )
    .addOption(new Option('--collapse <mode>', 'what is one hit (default: none)').choices([...collapseModes]))
    .option('--cursor <cursor>', 'the next photos: as the answer before says it')
    .option('--why', `show what speaks for the first ${EXPLAINED_MAX}`)
    .option('-f, --files-only', 'print the paths alone, one a line')
    .option('--json', 'print one JSON document')
    .option('--open', 'make a contact sheet, one HTML file, and show it')
    .option('--out <file>', 'where the contact sheet is written (default: a temporary file)')
    .addHelpText('after', HELP)
    .action(async (words: string[]) => {
      await search(command, words);
    });
  return settingOptions(command, modelSettings);
}

const HELP = `
In the query: -word and +word away from and towards one word, "red car" a phrase, 2:cat a weight, +photo.jpg and
-photo.jpg pictures. Put it in quotation marks for the shell: imglish search 'beach -people +sunset'. One that begins
with a minus comes after two: imglish search -- '-people'.
Filters, in the query or as --filter, all of which hold; "or" between two, a minus before one that shall not hold:
${listed(typedExamples)}
--filter takes the JSON of the HTTP interface, too.`;

async function search(command: Command, words: readonly string[]): Promise<void> {
  const flags = withLimit(command.opts<Flags & { readonly top?: number }>());
  if (words.join('').trim() === '' && (flags.filter ?? []).length === 0) {
    throw new AppError(
      'INVALID_ARGUMENT',
      'query: is empty, expected words, the path of a picture, or --filter; say what the photo shows',
    );
  }
  const typed = readRequest(words, flags);
  const settings = settingsOf(command);
  const { response, explained, sheet } = await interruptible(async (signal) => {
    const embedder = await openModel(settings, { preload: towersFor(typed.request) });
    return using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'read');
      return using([library], async () => {
        const found = await new SearchEngine({ library, embedder }).search(typed.request, { signal });
        const reasons =
          flags.why === true
            ? await explainHits({ request: typed.request, response: found }, { library, embedder, signal })
            : [];
        const html =
          flags.open === true || flags.out !== undefined
            ? await contactSheet(
                { line: typed.line, response: found, explained: reasons },
                { library, signal },
              )
            : undefined;
        return { response: found, explained: reasons, sheet: html };
      });
    });
  });
  print(flags, words, typed, response, explained);
  if (sheet !== undefined) await showSheet(sheet, flags);
}

/** Others stay unloaded: they take seconds. */
function towersFor(request: SearchRequest): ('vision' | 'text')[] {
  const parts = [...(request.positive ?? []), ...(request.negative ?? [])];
  const hasText = request.text !== undefined || parts.some(({ text }) => text !== undefined);
  const hasImage = parts.some(({ image }) => image !== undefined);
  return [...(hasText ? (['text'] as const) : []), ...(hasImage ? (['vision'] as const) : [])];
}

function print(
  flags: Flags,
  words: readonly string[],
  typed: TypedRequest,
  response: SearchResponse,
  explained: readonly ExplainedHit[],
): void {
  if (flags.json === true) {
    const notices = [...typed.notices, ...response.notices];
    printJson({
      query: words.join(' '),
      ...response,
      notices,
      ...(flags.why === true && { why: explained.map(plainReason) }),
    });
    return;
  }
  for (const notice of [...typed.notices, ...response.notices]) note(notice);
  if (response.truncatedText) note('The query is longer than this model reads; its end was ignored.');
  if (flags.why === true && wordsOf(typed.request) === '') {
    note('--why: the query has no words that a photo could be held against.');
  }
  if (flags.filesOnly === true) for (const { image } of response.hits) printLine(image.path);
  else printHits(response, typed.request);
  if (flags.filesOnly !== true) printReasons(explained, response);
}

/** A typed array would become an object with numbers for names. */
function plainReason({ id, evidence, clauses }: ExplainedHit): object {
  return { id, evidence: { ...evidence, values: Array.from(evidence.values) }, clauses };
}

async function showSheet(html: string, { out, open, json, filesOnly }: Flags): Promise<void> {
  const file =
    out === undefined
      ? path.join(await mkdtemp(path.join(tmpdir(), 'imglish-sheet-')), 'sheet.html')
      : path.resolve(out);
  try {
    await writeFile(file, html);
  } catch (error) {
    throw new AppError(
      'FILE_UNWRITABLE',
      `${file}: cannot be written (${messageOf(error)}); choose another file with --out`,
      { cause: error },
    );
  }
  // Paths and JSON on stdout are for programs.
  const say = json === true || filesOnly === true ? note : printLine;
  say(`Contact sheet: ${file}`);
  if (open === true && process.stdout.isTTY) openFile(file);
}

function withLimit({ top, ...flags }: Flags & { readonly top?: number }): Flags {
  return top === undefined ? flags : { ...flags, limit: top };
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };
}

function probability(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected a number from 0 to 1; words of the query come before --min-match');
}

function collected(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Lines of at most as many characters as a help page has. */
function listed(texts: readonly string[]): string {
  const lines = [''];
  for (const text of texts) {
    const line = lines.at(-1) ?? '';
    if (line.length + text.length > 110) lines.push(`  ${text}`);
    else lines[lines.length - 1] = line === '' ? `  ${text}` : `${line}  ${text}`;
  }
  return lines.join('\n');
}
