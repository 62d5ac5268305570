/**
 * Captions, tags and catalogue lines from files into the library.
 * Source: our own. Deviation: none.
 *
 * An import is idempotent: each saying is kept once, and what the file no longer says is dropped at the end. One that
 * was interrupted begins the file anew, which costs seconds; the vectors, which cost minutes, go on where they were.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, isAppError, messageOf, type Embedder } from '../../model/index.ts';
import type { JobSkip } from '../jobs/job-queue.ts';
import type { Library } from '../library/library.ts';
import type { Store, TextEntry, TextSource } from '../store/index.ts';
import { WorkMeter } from '../pipeline/work-meter.ts';
import { GIVEN_PLACE } from './add-texts.ts';
import { embedMissingTexts } from './embed-texts.ts';
import { fileRows } from './file-rows.ts';
import { PhotoPaths } from './photo-paths.ts';
import { findSidecars, forgetGoneSidecars, readSidecar, type Sidecar } from './sidecars.ts';
import type { ImportTextsOptions, TextImportReport } from './text-report.ts';

/** Entries in one transaction: some 20 ms, during which nothing else is served. */
const ENTRIES_PER_COMMIT = 1000;
const LINKS_PER_REMOVAL = 1000;

type Counts = { -readonly [Name in Exclude<keyof TextImportReport, 'source' | 'seconds'>]: number };

/**
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, UNSUPPORTED, TEXT_INVALID (the file as a whole), NOT_FOUND (a folder
 *   without indexed photos), ABORTED, DISK_FULL; as `embedMissingTexts`
 */
export async function importTexts(
  library: Library,
  embedder: Embedder,
  options: ImportTextsOptions,
): Promise<TextImportReport> {
  const start = performance.now();
  const source = path.resolve(options.source);
  const run = new ImportRun(library.store, source, options);
  if (await isFolder(source)) await run.importSidecars();
  else await run.importFile();
  const { counts } = run;
  if (options.embed !== false) {
    const { embedded, skipped } = await embedMissingTexts(library, embedder, options);
    counts.embedded += embedded;
    counts.skipped += skipped;
  }
  return { source, ...counts, seconds: (performance.now() - start) / 1000 };
}

/**
 * Removes what a file said, the tags that the engine gave under a list (`tags:everyday`), or what was given without a file
 * (`given`); texts that nobody says any more go too.
 * @returns how many sayings were removed
 * @throws AppError NOT_FOUND
 */
export function removeTexts(store: Store, place: string): number {
  const named = store.texts.source(place);
  const isByName = named?.form === 'engine' || place === GIVEN_PLACE;
  const source = isByName ? named : store.texts.source(path.resolve(place));
  if (source === undefined) {
    throw new AppError(
      'NOT_FOUND',
      `${place}: no texts came from there; see "imglish texts sources" for the names`,
    );
  }
  if (source.form === 'engine') store.textTags.forget(source.id);
  let removed = 0;
  for (;;) {
    const count = store.texts.removeSource(source.id, LINKS_PER_REMOVAL);
    if (count === 0) return removed;
    removed += count;
  }
}

class ImportRun {
  readonly counts: Counts = {
    files: 0,
    unchanged: 0,
    rows: 0,
    added: 0,
    linked: 0,
    waiting: 0,
    removed: 0,
    skipped: 0,
    embedded: 0,
  };
  readonly #store: Store;
  readonly #source: string;
  readonly #options: ImportTextsOptions;
  readonly #meter: WorkMeter;

  constructor(store: Store, source: string, options: ImportTextsOptions) {
    this.#store = store;
    this.#source = source;
    this.#options = options;
    this.#meter = new WorkMeter(options.onProgress);
  }

  async importFile(): Promise<void> {
    const { kind, photos, signal } = this.#options;
    const version = await this.#versionOf(this.#source);
    if (this.#isUnchanged(this.#source, version)) return;
    const paths = new PhotoPaths(this.#store, {
      listFolder: path.dirname(this.#source),
      photos: photos === undefined ? undefined : path.resolve(photos),
    });
    this.counts.files += 1;
    // The source is made with the first rows: a file that is no list leaves no trace.
    let source: TextSource | undefined;
    let entries: TextEntry[] = [];
    const commit = (): void => {
      source ??= this.#store.texts.start(this.#source, 'file');
      this.#add(source, entries);
      entries = [];
    };
    for await (const rows of fileRows(this.#source, { kind, signal })) {
      for (const result of rows) {
        if (!('row' in result)) {
          this.#skip(`${this.#source}:${result.number}`, result);
          continue;
        }
        const { row } = result;
        this.counts.rows += 1;
        const photo = row.path === null ? null : paths.resolve(row.path);
        for (const entry of row.entries) {
          entries.push({ ...entry, path: photo, key: row.key, metadata: row.metadata });
        }
        if (entries.length >= ENTRIES_PER_COMMIT) {
          commit();
          this.#checkAborted();
        }
      }
      this.#progress();
    }
    commit();
    if (source !== undefined) this.#finish(source, version, await this.#versionOf(this.#source));
    this.#progress(true);
  }

  async importSidecars(): Promise<void> {
    let photos = 0;
    const sidecars = findSidecars(this.#store, this.#source, (count) => {
      photos += count;
      this.#checkAborted();
      this.#progress();
    });
    for await (const sidecar of sidecars) {
      this.#checkAborted();
      await this.#importSidecar(sidecar);
    }
    if (photos === 0) {
      throw new AppError(
        'NOT_FOUND',
        `${this.#source}: no photo of this folder is in the library, expected some with sidecars; run "imglish index" first`,
      );
    }
    this.counts.removed += await forgetGoneSidecars(this.#store, this.#source);
    this.#progress(true);
  }

  async #importSidecar({ file, photos, version: fileVersion }: Sidecar): Promise<void> {
    const version = `${fileVersion} ${this.#options.kind ?? ''}`;
    if (this.#isUnchanged(file, version)) return;
    this.counts.files += 1;
    try {
      const row = await readSidecar(file, this.#options.kind);
      const known = this.#store.texts.source(file);
      if (row === undefined && known === undefined) return;
      const source = this.#store.texts.start(file, 'sidecar');
      const entries = (row?.entries ?? []).flatMap((entry) =>
        photos.map((photo): TextEntry => ({ ...entry, path: photo, key: null, metadata: null })),
      );
      this.counts.rows += row === undefined ? 0 : 1;
      this.#add(source, entries);
      this.#finish(source, version, version);
    } catch (error) {
      if (!isAppError(error) || !isOfTheFile(error)) throw error;
      this.#skip(file, { code: error.code, problem: error.message });
    }
  }

  #add(source: TextSource, entries: readonly TextEntry[]): void {
    if (entries.length === 0) return;
    const { added, linked, waiting } = this.#store.texts.add(source, entries);
    this.counts.added += added;
    this.counts.linked += linked;
    this.counts.waiting += waiting;
  }

  /** A file that changed while it was read is read again next time. */
  #finish(source: TextSource, before: string, after: string): void {
    for (;;) {
      const dropped = this.#store.texts.dropOld(source, LINKS_PER_REMOVAL);
      if (dropped === 0) break;
      this.counts.removed += dropped;
    }
    if (before === after) this.#store.texts.finish(source, after);
  }

  /** A file whose rows wait for photos is read again: its relative paths may mean something by now. */
  #isUnchanged(file: string, version: string): boolean {
    const known = this.#store.texts.source(file);
    if (known === undefined || known.version !== version || this.#store.texts.isWaiting(known.id))
      return false;
    this.counts.unchanged += 1;
    return true;
  }

  async #versionOf(file: string): Promise<string> {
    const { size, mtimeMs } = await stat(file);
    return JSON.stringify([size, mtimeMs, this.#options.kind ?? null, this.#options.photos ?? null]);
  }

  #skip(
    place: string,
    { code, problem }: { readonly code: JobSkip['code']; readonly problem: string },
  ): void {
    this.counts.skipped += 1;
    this.#options.onSkip?.({ place, code, message: `${place}: ${problem}` });
  }

  #progress(isLast = false): void {
    const done = this.counts.rows + this.counts.skipped;
    this.#meter.update('reading', { done, skipped: this.counts.skipped, isLast });
  }

  #checkAborted(): void {
    if (this.#options.signal?.aborted !== true) return;
    throw new AppError('ABORTED', `${this.#source}: the import was stopped; what was committed stays`);
  }
}

function isOfTheFile({ code }: AppError): boolean {
  return code === 'TEXT_INVALID' || code === 'LIMIT_EXCEEDED' || code === 'FILE_UNREADABLE';
}

async function isFolder(source: string): Promise<boolean> {
  try {
    return (await stat(source)).isDirectory();
  } catch (error) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `${source}: ${messageOf(error)}, expected a list of texts or a folder of photos; check the path`,
      { cause: error },
    );
  }
}
