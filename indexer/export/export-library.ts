/**
 * All photos of a library, with their texts and vectors, for other programs.
 * Source: our own; NPY by NumPy's description. Deviation: none.
 *
 * Everything is read from one moment of the database, page by page, while the writer goes on.
 */
import path from 'node:path';
import type { Writable } from 'node:stream';
import { AppError } from '../../model/index.ts';
import type { JobProgress } from '../jobs/job-queue.ts';
import { Store, type Generation, type ImagePageChoice, type ImageText } from '../store/index.ts';
import { WorkMeter } from '../pipeline/work-meter.ts';
import { npyHeader } from './npy.ts';
import { FileOutput, StreamOutput, type Output } from './output.ts';
import { csvHeader, csvRow, jsonRow, type PhotoRow, type VectorForm } from './photo-rows.ts';

export const exportFormats = ['jsonl', 'csv', 'npy'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  /** absolute; the library is only read */
  readonly dataFolder: string;
  readonly format: ExportFormat;
  /** Of JSONL and CSV (always base64 there); NPY has them in its own file. null: none. */
  readonly vectors: VectorForm | null;
  /** A file, or for `npy` the name that .npy and .jsonl are added to; or a stream (not for `npy`). */
  readonly out: string | Writable;
  /** Default false: a file that is there is refused. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: JobProgress) => void) | undefined;
}

export interface ExportReport {
  readonly format: ExportFormat;
  /** absolute; empty for a stream */
  readonly files: readonly string[];
  readonly rows: number;
  /** Photos without a vector: not in a .npy file, without `vector` elsewhere. */
  readonly withoutVector: number;
  /** Of the vectors; null where none are exported. */
  readonly model: { readonly name: string; readonly identity: string; readonly dimension: number } | null;
  readonly seconds: number;
}

const PHOTOS_PER_PAGE = 128;

/** Texts of a page; a page with more is asked for photo by photo. */
const TEXTS_PER_PAGE = 10_000;

/**
 * @throws AppError NOT_FOUND (no library, or no vectors where they are wanted), NAME_TAKEN, FILE_UNWRITABLE, DISK_FULL,
 *   INVALID_ARGUMENT, ABORTED
 */
export async function exportLibrary(options: ExportOptions): Promise<ExportReport> {
  const start = performance.now();
  if (options.format === 'npy' && typeof options.out !== 'string') {
    throw new AppError(
      'INVALID_ARGUMENT',
      'export: npy makes two files, expected a name for them; give one with --out',
    );
  }
  const store = Store.open(path.join(options.dataFolder, 'library.sqlite'), 'read');
  try {
    store.holdMoment();
    const generation = generationOf(store, options);
    const embedded = generation === undefined ? 0 : store.imagePages.countEmbedded(generation.id);
    const outputs = await openOutputs(options);
    const rows = await writeWhole(outputs, () => writeRows(store, generation, outputs, embedded, options));
    const wantsVectors = generation !== undefined;
    return {
      format: options.format,
      files: outputs.files.map(({ file }) => file),
      rows,
      withoutVector: wantsVectors ? store.totals().images - embedded : 0,
      model: wantsVectors
        ? { name: generation.modelName, identity: generation.modelIdentity, dimension: generation.dimension }
        : null,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    store.close();
  }
}

async function writeWhole<T>({ files }: Outputs, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    for (const file of files) await file.commit();
    return result;
  } finally {
    for (const file of files) await file.discard();
  }
}

/** @returns undefined where no vectors are wanted */
function generationOf(store: Store, { dataFolder, format, vectors }: ExportOptions): Generation | undefined {
  if (format !== 'npy' && vectors === null) return undefined;
  const active = store.generations.active();
  if (active !== undefined) return active;
  throw new AppError(
    'NOT_FOUND',
    `${dataFolder}: nothing is indexed yet, expected vectors to export; run "imglish index <folder>"`,
  );
}

async function writeRows(
  store: Store,
  generation: Generation | undefined,
  outputs: Outputs,
  embedded: number,
  { format, vectors: form, signal, onProgress }: ExportOptions,
): Promise<number> {
  const meter = new WorkMeter(onProgress);
  const isNpy = format === 'npy';
  const choice: ImagePageChoice = generation === undefined ? 'plain' : isNpy ? 'embedded' : 'all';
  const total = isNpy ? embedded : store.totals().images;
  if (format === 'csv') await outputs.rows.write(csvHeader(generation !== undefined));
  if (generation !== undefined) await outputs.matrix?.write(npyHeader(embedded, generation.dimension));
  let done = 0;
  for (let after = 0; ;) {
    if (signal?.aborted === true)
      throw new AppError('ABORTED', 'the export was stopped; nothing was left behind');
    const page = store.imagePages.page(choice, generation ?? { id: 0, dimension: 0 }, after, PHOTOS_PER_PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    const texts = textsOf(
      store,
      page.map(({ id }) => id),
    );
    let lines = '';
    const vectors: Uint8Array[] = [];
    for (const { id, vector } of page) {
      const image = store.images.byId(id);
      if (image === undefined) throw new Error('a photo left a snapshot');
      if (isNpy && vector !== null) vectors.push(bytesOf(vector));
      const row: PhotoRow = {
        image,
        texts: (texts.get(id) ?? []).map(({ kind, text, source }) => ({ kind, text, source })),
        vector: generation === undefined || isNpy ? undefined : vector,
      };
      lines += format === 'csv' ? csvRow(row) : `${jsonRow(row, form ?? 'array')}\n`;
    }
    await outputs.matrix?.write(Buffer.concat(vectors));
    await outputs.rows.write(lines);
    done += page.length;
    after = last.id;
    meter.update('exporting', { done, total });
  }
  meter.update('exporting', { done, total, isLast: true });
  return done;
}

function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

function textsOf(store: Store, ids: readonly number[]): ReadonlyMap<number, readonly ImageText[]> {
  let texts = store.texts.ofImages(ids, TEXTS_PER_PAGE);
  if (texts.length === TEXTS_PER_PAGE)
    texts = ids.flatMap((id) => store.texts.ofImages([id], TEXTS_PER_PAGE));
  const groups = new Map<number, ImageText[]>();
  for (const text of texts) {
    const group = groups.get(text.imageId);
    if (group === undefined) groups.set(text.imageId, [text]);
    else group.push(text);
  }
  return groups;
}

/** What an export writes to. Files appear together at its end. */
interface Outputs {
  readonly rows: Output;
  /** The vectors of a NumPy export. */
  readonly matrix: Output | undefined;
  readonly files: readonly FileOutput[];
}

async function openOutputs({ format, out, force = false }: ExportOptions): Promise<Outputs> {
  if (typeof out !== 'string') return { rows: new StreamOutput(out), matrix: undefined, files: [] };
  const file = path.resolve(out);
  if (format !== 'npy') {
    const rows = await FileOutput.open(file, { force });
    return { rows, matrix: undefined, files: [rows] };
  }
  const base = file.replace(/\.npy$/, '');
  const matrix = await FileOutput.open(`${base}.npy`, { force });
  try {
    const rows = await FileOutput.open(`${base}.jsonl`, { force });
    return { rows, matrix, files: [matrix, rows] };
  } catch (error) {
    await matrix.discard();
    throw error;
  }
}
