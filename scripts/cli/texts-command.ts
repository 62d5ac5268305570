/**
 * `imglish texts`: captions, tags and catalogue lines that photos are described by.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  embedMissingTexts,
  importTexts,
  Library,
  removeTexts,
  textKinds,
  type JobProgress,
  type JobSkip,
  type Settings,
  type TextImportReport,
  type TextKind,
} from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import {
  exitCodes,
  formatNumber,
  formatSeconds,
  interruptible,
  note,
  printable,
  printJson,
  printLine,
  ProgressLine,
} from './terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly kind?: TextKind;
  readonly source?: string;
  readonly photos?: string;
  readonly limit: number;
  readonly embed: boolean;
  readonly progress: boolean;
}

/** More skipped rows than this are counted instead of listed; `--json` lists all. */
const SKIPS_LISTED = 20;
const LIMIT_DEFAULT = 100;
const TEXTS_PER_PAGE = 500;
/** Who says one text, and of which photos, as far as it is listed. */
const LINKS_LISTED = 20;

export function textsCommand(): Command {
  return new Command('texts')
    .description('captions, tags and catalogue lines: import them, list them, remove them')
    .addCommand(importCommand())
    .addCommand(embedCommand())
    .addCommand(listCommand())
    .addCommand(sourcesCommand())
    .addCommand(removeCommand());
}

function kindOption(description: string): Option {
  return new Option('--kind <kind>', description).choices([...textKinds]);
}

function importCommand(): Command {
  const command = new Command('import')
    .description('import a list of texts, or the text files beside the photos of a folder')
    .argument('<source>', '.csv, .tsv, .jsonl, .ndjson or .txt file, or a folder that was indexed')
    .addOption(kindOption('what the texts are (default: what each row says, else line or caption)'))
    .option('--photos <folder>', 'folder that relative paths in the list start from')
    .option('--no-embed', 'leave the vectors for later: imglish texts embed')
    .option('--json', 'print the report as one JSON document')
    .option('--no-progress', 'do not show progress')
    .addHelpText(
      'after',
      `
Columns: text, caption, title, description; tag, tags, keywords; path, file, image; id, key. Others are kept as
metadata of rows with a key. Beside photo.jpg: photo.jpg.txt, photo.txt, photo.jpg.json, photo.json.
A second import of a file replaces what it said before. Texts of a photo that is not indexed yet are kept, and
joined to it when it comes in.`,
    )
    .action(async (source: string) => {
      await importSource(command, source);
    });
  return settingOptions(command, modelSettings);
}

async function importSource(command: Command, source: string): Promise<void> {
  const flags = command.opts<Flags>();
  const skips: JobSkip[] = [];
  const line = new ProgressLine({ isQuiet: !flags.progress });
  const report = await withWriter(settingsOf(command), (library, embedder, signal) =>
    importTexts(library, embedder, {
      source,
      ...(flags.kind !== undefined && { kind: flags.kind }),
      ...(flags.photos !== undefined && { photos: flags.photos }),
      embed: flags.embed,
      signal,
      onProgress: (progress) => line.show(progressText(progress)),
      onSkip: (skip) => skips.push(skip),
    }),
  ).finally(() => line.clear());
  if (flags.json === true) printJson({ ...report, skips });
  else printImport(report, flags);
  finishSkips(skips, flags.json === true);
}

function printImport(report: TextImportReport, { embed }: Flags): void {
  const { files, unchanged, rows, added, linked, waiting, removed, seconds } = report;
  if (files === 0) {
    printLine(unchanged === 0 ? 'There are no text files beside these photos.' : 'Nothing has changed.');
  } else {
    const parts = [
      `${formatNumber(added)} new texts`,
      `${formatNumber(linked)} joined to photos`,
      ...(waiting > 0 ? [`${formatNumber(waiting)} waiting for theirs`] : []),
      ...(removed > 0 ? [`${formatNumber(removed)} no longer there`] : []),
    ];
    printLine(`Read ${formatNumber(rows)} rows of ${formatNumber(files)} files: ${parts.join(', ')}.`);
  }
  const vectors = embed
    ? `${formatNumber(report.embedded)} texts got their vector`
    : 'vectors are made by "imglish texts embed"';
  printLine(`${formatSeconds(seconds)}; ${vectors}.`);
}

function embedCommand(): Command {
  const command = new Command('embed')
    .description('make the vectors of texts that have none')
    .option('--json', 'print the report as one JSON document')
    .option('--no-progress', 'do not show progress')
    .action(async () => {
      const flags = command.opts<Flags>();
      const skips: JobSkip[] = [];
      const line = new ProgressLine({ isQuiet: !flags.progress });
      const report = await withWriter(settingsOf(command), (library, embedder, signal) =>
        embedMissingTexts(library, embedder, {
          signal,
          onProgress: (progress) => line.show(progressText(progress)),
          onSkip: (skip) => skips.push(skip),
        }),
      ).finally(() => line.clear());
      if (flags.json === true) printJson({ ...report, skips });
      else printLine(`${formatNumber(report.embedded)} texts got their vector.`);
      finishSkips(skips, flags.json === true);
    });
  return settingOptions(command, modelSettings);
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list texts, with who says them and of which photo')
    .addOption(kindOption('only these'))
    .option(
      '--source <file>',
      'only what this file says; "embedded": what photos carry themselves; "tags:<list>": what the engine gave',
    )
    .option('--limit <number>', `list at most so many (default: ${LIMIT_DEFAULT})`, parseLimit, LIMIT_DEFAULT)
    .option('--json', 'print JSON lines')
    .action(async () => {
      await withReader(settingsOf(command), (library) => list(library, command.opts<Flags>()));
    });
  return settingOptions(command, ['data']);
}

function list({ store }: Library, flags: Flags): void {
  const only = {
    ...(flags.kind !== undefined && { kind: flags.kind }),
    ...(flags.source !== undefined && { sourceId: sourceId(store, flags.source) }),
  };
  let left = flags.limit;
  for (let after = 0; left > 0;) {
    const texts = store.texts.page(after, Math.min(left, TEXTS_PER_PAGE), only);
    const last = texts.at(-1);
    if (last === undefined) break;
    for (const text of texts) {
      const links = store.texts
        .links(text.id, 0, LINKS_LISTED)
        .map(({ source, path: photo, imageId, contentId, key, metadata }) => ({
          source,
          path: photo,
          imageId,
          contentId,
          key,
          metadata: metadata === null ? null : (JSON.parse(metadata) as unknown),
        }));
      if (flags.json === true) printJson({ ...text, links });
      else printLine(`${text.kind.padEnd(7)}  ${printable(text.text)}  ${printable(places(links))}`);
    }
    left -= texts.length;
    after = last.id;
  }
  if (flags.json === true) return;
  const { captions, tags, lines, waiting } = store.texts.totals();
  note(
    `${formatNumber(captions)} captions, ${formatNumber(tags)} tags, ${formatNumber(lines)} catalogue lines; ` +
      `${formatNumber(waiting)} sayings wait for a photo that is not indexed`,
  );
}

function sourceId(store: Library['store'], place: string): number {
  const source = store.texts.source(/^(?:embedded$|tags:)/.test(place) ? place : path.resolve(place));
  if (source !== undefined) return source.id;
  throw new AppError('NOT_FOUND', `${place}: no texts came from there; see "imglish texts sources"`);
}

function places(links: readonly { readonly path: string | null; readonly key: string | null }[]): string {
  const named = links.map(({ path: photo, key }) => key ?? (photo === null ? '' : path.basename(photo)));
  const first = named.filter((name) => name !== '').slice(0, 3);
  return first.length === 0 ? '' : `(${first.join(', ')}${named.length > first.length ? ', …' : ''})`;
}

function sourcesCommand(): Command {
  const command = new Command('sources')
    .description('list the files that texts came from')
    .option('--json', 'print JSON lines')
    .action(async () => {
      await withReader(settingsOf(command), ({ store }) => {
        for (let after = 0; ;) {
          const sources = store.texts.sources(after, TEXTS_PER_PAGE);
          const last = sources.at(-1);
          if (last === undefined) return;
          for (const { place, form, importedAt, links } of sources) {
            if (command.opts<Flags>().json === true) printJson({ place, form, importedAt, links });
            else printLine(`${formatNumber(links).padStart(9)}  ${printable(place)}`);
          }
          after = last.id;
        }
      });
    });
  return settingOptions(command, ['data']);
}

function removeCommand(): Command {
  const command = new Command('remove')
    .description('remove what a file said, or the engine; texts that nobody else says go too')
    .argument('<source>', 'the file, or "tags:<list>"; see "imglish texts sources"')
    .option('--json', 'print one JSON document')
    .action(async (source: string) => {
      const { dataFolder } = settingsOf(command);
      const library = await Library.open({ dataFolder, mode: 'write', onNotice: note });
      const removed = await using([library], () => Promise.resolve(removeTexts(library.store, source)));
      const place = source.startsWith('tags:') ? source : path.resolve(source);
      if (command.opts<Flags>().json === true) printJson({ source: place, removed });
      else printLine(`Removed ${formatNumber(removed)} sayings.`);
    });
  return settingOptions(command, ['data']);
}

async function withWriter<T>(
  settings: Settings,
  work: (
    library: Library,
    embedder: Awaited<ReturnType<typeof openModel>>,
    signal: AbortSignal,
  ) => Promise<T>,
): Promise<T> {
  return interruptible(async (signal) => {
    const embedder = await openModel(settings, { onNotice: note });
    return using([embedder], async () => {
      const library = await openLibrary(settings, embedder, 'write');
      return using([library], () => work(library, embedder, signal));
    });
  });
}

async function withReader({ dataFolder }: Settings, work: (library: Library) => void): Promise<void> {
  const library = await Library.open({ dataFolder, mode: 'read', onNotice: note });
  await using([library], () => {
    work(library);
    return Promise.resolve();
  });
}

function progressText({ phase, done, total, itemsPerSecond, etaSeconds, skipped }: JobProgress): string {
  const verb = phase === 'embedding' ? 'Embedding' : 'Reading';
  const of = total === null ? '' : ` of ${formatNumber(total)}`;
  const eta = etaSeconds === null ? '' : `, ${formatSeconds(etaSeconds)} left`;
  const left = skipped === 0 ? '' : `, ${formatNumber(skipped)} skipped`;
  return `${verb} texts: ${formatNumber(done)}${of}, ${formatNumber(itemsPerSecond)} a second${eta}${left}`;
}

function finishSkips(skips: readonly JobSkip[], asJson: boolean): void {
  if (skips.length === 0) return;
  process.exitCode = exitCodes.skipped;
  if (asJson) return;
  for (const { code, message } of skips.slice(0, SKIPS_LISTED))
    note(`skipped (${code}) ${printable(message)}`);
  const more = skips.length - SKIPS_LISTED;
  if (more > 0) note(`… and ${formatNumber(more)} more skipped; --json lists all`);
}

function parseLimit(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('expected a whole number from 1');
}
