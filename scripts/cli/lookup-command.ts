/**
 * `imglish lookup`: which texts of the library belong to a photo.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { openLabelList, textKinds, type Library, type Settings, type TextKind } from '../../indexer/index.ts';
import {
  AppError,
  isAppError,
  preprocess,
  productPreprocess,
  type LocalEmbedder,
} from '../../model/index.ts';
import { FusionScorer, LookupEngine, type LookupRequest, type LookupResponse } from '../../query/index.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import { exitCodes, formatNumber, interruptible, note, printable, printJson, printLine } from './terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly text?: string;
  readonly limit?: number;
  readonly kind?: readonly TextKind[];
  readonly rerank?: number | false;
  readonly budget?: number;
  readonly minMatch?: number | 'default';
  readonly labels?: string;
  readonly own: boolean;
  readonly caption?: boolean;
}

/** What became of one photo. */
type Looked =
  | ({ readonly photo: string; readonly caption?: string } & LookupResponse)
  | { readonly photo: string; readonly error: { readonly code: string; readonly message: string } };

const LIMIT_DEFAULT = 10;
const COUNT_MAX = 1000;
/** Photos of a hit that are named. */
const PLACES_SHOWN = 2;

export function lookupCommand(): Command {
  const command = new Command('lookup')
    .description('find the texts (captions, tags, catalogue lines) that belong to a photo')
    .argument('[photos...]', 'photo files, in the library or not')
    .option('--text <words>', 'find texts near to these words instead')
    .option(
      '-l, --limit <count>',
      `how many texts, 1 to ${COUNT_MAX} (default: ${LIMIT_DEFAULT})`,
      parseCount,
    )
    .option('--kind <kind>', `only ${textKinds.join(', ')}; may be repeated`, parseKind)
    .option('--labels <list>', 'choose among these instead: "everyday", or a file with one text a line')
    .option('--no-own', 'leave out what is said of the photo itself')
    .option(
      '--rerank <count>',
      'read so many of the nearest texts together with the photo (default: 32, where that is calibrated)',
      parseCount,
    )
    .option('--no-rerank', 'go by the cosine alone')
    .option('--budget <ms>', 'read no longer than this', parseMs)
    .option(
      '--min-match <probability>',
      'leave out what is less probable; "default": the cut-off of the model',
      parseMatch,
    )
    .option('--caption', 'also describe each photo in words of the model (one that was tuned for it)')
    .option('--json', 'print one JSON document: {results: [{photo, texts: […], …}]}')
    .action(async (photos: string[]) => {
      await lookup(command, photos);
    });
  return settingOptions(command, [...modelSettings, 'maxFile', 'maxPixels']);
}

async function lookup(command: Command, photos: readonly string[]): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  if ((photos.length === 0) === (flags.text === undefined)) {
    throw new AppError('INVALID_ARGUMENT', 'lookup: expected either photos or --text, and not both');
  }
  const shared = await sharedRequest(flags);
  const results = await interruptible(async (signal) => {
    const embedder = await openModel(settings);
    return using([embedder], async () => {
      if (flags.caption === true) checkCaptions(embedder, flags);
      const library = await openLibrary(settings, embedder, 'read');
      return using([library], async () => {
        const engine = engineOf(library, embedder, settings);
        if (flags.text !== undefined) {
          return [
            { text: flags.text, ...(await engine.lookup({ ...shared, text: flags.text }, { signal })) },
          ];
        }
        const looked: Looked[] = [];
        for (const photo of photos) {
          const found = await lookUp(engine, library, photo, shared, signal);
          const isWanted = flags.caption === true && !('error' in found);
          looked.push(
            isWanted ? { ...found, caption: await describe(photo, embedder, settings, signal) } : found,
          );
        }
        return looked;
      });
    });
  });
  if (flags.json === true) printJson({ results });
  else for (const result of results) print(result);
  if (results.some((result) => 'error' in result)) process.exitCode = exitCodes.skipped;
}

async function sharedRequest(flags: Flags): Promise<LookupRequest> {
  const { limit = LIMIT_DEFAULT, kind, rerank, budget, minMatch, labels, own } = flags;
  const budgetMs = budget === undefined ? {} : { budgetMs: budget };
  const isReranked = typeof rerank === 'number' || (budget !== undefined && rerank !== false);
  return {
    limit,
    own,
    ...(kind !== undefined && { kinds: kind }),
    ...(minMatch !== undefined && { minMatch }),
    ...(rerank === false && { rerank }),
    ...(isReranked && { rerank: { ...(typeof rerank === 'number' && { k: rerank }), ...budgetMs } }),
    ...(labels !== undefined && { texts: (await openLabelList(labels)).labels.map(({ phrase }) => phrase) }),
  };
}

function engineOf(library: Library, embedder: LocalEmbedder, settings: Settings): LookupEngine {
  return new LookupEngine({
    library,
    embedderOf: (identity) => (identity === embedder.identity ? embedder : undefined),
    scorer: new FusionScorer({ library }),
    limits: { bytesMax: settings.fileBytesMax, pixelsMax: settings.imagePixelsMax },
  });
}

/** One photo that cannot be read must not keep the others from being looked up. */
async function lookUp(
  engine: LookupEngine,
  library: Library,
  photo: string,
  shared: LookupRequest,
  signal: AbortSignal,
): Promise<Looked> {
  try {
    const id = await knownAs(library, path.resolve(photo));
    const image = id === undefined ? { picture: photo } : { id };
    return { photo, ...(await engine.lookup({ ...shared, image }, { signal })) };
  } catch (error) {
    if (!isAppError(error) || !isOfThePhoto(error)) throw error;
    return { photo, error: { code: error.code, message: error.message } };
  }
}

/** @throws AppError UNSUPPORTED, INVALID_ARGUMENT */
function checkCaptions({ name, canCaption }: LocalEmbedder, { text }: Flags): void {
  if (text !== undefined) {
    throw new AppError(
      'INVALID_ARGUMENT',
      '--caption: describes photos, found --text; leave out one of them',
    );
  }
  if (canCaption) return;
  throw new AppError(
    'UNSUPPORTED',
    `--caption: model "${name}" was not tuned to describe photos; import one with "imglish model import <retrieval checkpoint> --fusion <captioning checkpoint>" and name it with --model`,
  );
}

async function describe(
  photo: string,
  embedder: LocalEmbedder,
  { fileBytesMax, imagePixelsMax }: Settings,
  signal: AbortSignal,
): Promise<string> {
  const pixels = await preprocess(photo, embedder.preprocess, {
    ...productPreprocess,
    bytesMax: fileBytesMax,
    pixelsMax: imagePixelsMax,
  });
  const [caption] = await embedder.caption([pixels], { signal });
  return caption?.text ?? '';
}

/** A file of the library that has not changed has its vector there, and its own texts. */
async function knownAs(library: Library, file: string): Promise<number | undefined> {
  const known = library.store.images.known(file, library.generation.id);
  if (known?.hasVector !== true) return undefined;
  const status = await stat(file).catch(() => undefined);
  const isSame = status?.size === known.bytes && Math.abs(status.mtimeMs - known.modifiedMs) < 1;
  return isSame ? known.id : undefined;
}

export function isOfThePhoto({ code }: AppError): boolean {
  return ['FILE_NOT_FOUND', 'FILE_UNREADABLE', 'IMAGE_INVALID', 'IMAGE_TOO_LARGE', 'LIMIT_EXCEEDED'].includes(
    code,
  );
}

function print(result: Looked | ({ readonly text: string } & LookupResponse)): void {
  const name = printable('photo' in result ? result.photo : result.text);
  if ('error' in result) {
    note(`skipped (${result.error.code}) ${printable(result.error.message)}`);
    return;
  }
  const { texts, timings, notices, nothingMatches, truncatedText } = result;
  printLine(name);
  if ('caption' in result && result.caption !== undefined)
    printLine(`  Described as: ${printable(result.caption)}`);
  if (texts.length > 0) printTexts(result);
  else printLine('  No text belongs to it.');
  if (nothingMatches === true && texts.length > 0)
    printLine('Most likely none of these belongs to the photo.');
  if (truncatedText) note('The text is longer than this model reads; its end was ignored.');
  for (const notice of notices) note(printable(notice));
  printLine(
    `${formatNumber(timings.totalMs, 1)} ms (photo ${formatNumber(timings.encodeMs, 1)}, index ${formatNumber(timings.annMs, 1)}, reading together ${formatNumber(timings.rerankMs, 1)}).`,
  );
}

function printTexts({ texts }: LookupResponse): void {
  const table = new Table({
    head: ['#', 'score', 'match', 'kind', 'text', 'said of'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [5, 7, 7, 9, 60, 30],
  });
  for (const { rank, score, pMatch, kinds, text, links, linkCount, own } of texts) {
    const places = links.flatMap(
      ({ path: photo, key }) => key ?? (photo === null ? [] : path.basename(photo)),
    );
    const shown = [...new Set(places)].slice(0, PLACES_SHOWN).map((place) => printable(place));
    const more = linkCount > shown.length && shown.length > 0 ? ', …' : '';
    table.push([
      rank,
      score.toFixed(3),
      pMatch === null ? '' : `${formatNumber(100 * pMatch)} %`,
      kinds.join(', '),
      printable(text),
      own ? `itself${shown.length > 1 ? ', …' : ''}` : shown.join(', ') + more,
    ]);
  }
  printLine(table.toString());
}

function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= COUNT_MAX) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${COUNT_MAX}`);
}

function parseMs(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidArgumentError('expected milliseconds, 0 or more');
}

function parseMatch(text: string): number | 'default' {
  if (text === 'default') return text;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected a probability from 0 to 1, or "default"');
}

function parseKind(text: string, before: readonly TextKind[] = []): readonly TextKind[] {
  const kind = textKinds.find((one) => one === text);
  if (kind !== undefined) return [...before, kind];
  throw new InvalidArgumentError(`expected one of ${textKinds.join(', ')}`);
}
