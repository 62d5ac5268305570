/**
 * Vectors that an earlier evaluation has computed, by the hash of what they were computed from.
 * Source: our own. Deviation: none.
 *
 * Files are written whole and never changed, so that two evaluations at once, or one that is killed, harm nothing. The
 * folder lies in the cache and may be deleted at any time; the oldest files go when there are too many bytes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

export type VectorKind = 'photo' | 'text' | 'truncated text';

export interface KeptVectorsOptions {
  readonly cacheFolder: string;
  /** Everything else that decides what a vector is: model, precision, preprocessing. */
  readonly label: string;
  /** D */
  readonly dimension: number;
  /** Of all labels together; default 2 GB, which are 600,000 vectors of 768 numbers. */
  readonly bytesMax?: number;
}

const BYTES_MAX = 2_000_000_000;

/** What a killed evaluation may lose. */
const FLUSH_MS = 30_000;

/** A file is read in one go. */
const ENTRIES_PER_FILE = 65_536;

const MAGIC = Buffer.from('imglish vectors 1\n');
const HEADER_BYTES = MAGIC.length + 4;
const HASH_BYTES = 32;
const SUFFIX = '.vectors';

/** float32 sums of 2048 products stay well below. */
const UNIT_TOLERANCE = 1e-3;

export class KeptVectors {
  readonly #folder: string;
  readonly #dimension: number;
  /** of earlier runs */
  readonly #known = new Map<string, Float32Array>();
  /** of this one */
  readonly #fresh = new Set<string>();
  #waiting: [string, Float32Array][] = [];
  #flushedAt = performance.now();

  private constructor(folder: string, dimension: number) {
    this.#folder = folder;
    this.#dimension = dimension;
  }

  /** Files that are damaged, or older than what there is room for, are removed. */
  static async open(options: KeptVectorsOptions): Promise<KeptVectors> {
    const root = path.join(options.cacheFolder, 'evaluation');
    const folder = path.join(root, createHash('sha256').update(options.label).digest('hex').slice(0, 24));
    await mkdir(folder, { recursive: true });
    await makeRoom(root, options.bytesMax ?? BYTES_MAX);
    const kept = new KeptVectors(folder, options.dimension);
    for (const file of await vectorFiles(folder)) await kept.#load(file);
    return kept;
  }

  /** Vectors of earlier runs. */
  get size(): number {
    return this.#known.size;
  }

  /** Of an earlier run. */
  get(kind: VectorKind, content: string | Uint8Array): Float32Array | undefined {
    return this.#known.get(keyOf(kind, content));
  }

  async put(kind: VectorKind, content: string | Uint8Array, vector: Float32Array): Promise<void> {
    const key = keyOf(kind, content);
    if (this.#known.has(key) || this.#fresh.has(key)) return;
    this.#fresh.add(key);
    this.#waiting.push([key, vector]);
    const isDue = performance.now() - this.#flushedAt > FLUSH_MS;
    if (isDue || this.#waiting.length >= ENTRIES_PER_FILE) await this.flush();
  }

  /** Writes what is new; nothing if nothing is. */
  async flush(): Promise<void> {
    this.#flushedAt = performance.now();
    const entries = this.#waiting;
    if (entries.length === 0) return;
    this.#waiting = [];
    const width = HASH_BYTES + 4 * this.#dimension;
    const bytes = Buffer.alloc(HEADER_BYTES + entries.length * width);
    MAGIC.copy(bytes);
    bytes.writeUInt32LE(this.#dimension, MAGIC.length);
    for (const [index, [key, vector]] of entries.entries()) {
      const start = HEADER_BYTES + index * width;
      bytes.write(key, start, 'hex');
      for (const [feature, value] of vector.entries()) {
        bytes.writeFloatLE(value, start + HASH_BYTES + 4 * feature);
      }
    }
    const file = path.join(this.#folder, `${randomBytes(8).toString('hex')}${SUFFIX}`);
    await writeFile(`${file}.tmp`, bytes);
    await rename(`${file}.tmp`, file);
  }

  async #load(file: string): Promise<void> {
    const bytes = await readFile(file);
    const width = HASH_BYTES + 4 * this.#dimension;
    const entries = (bytes.length - HEADER_BYTES) / width;
    const isOurs = bytes.subarray(0, MAGIC.length).equals(MAGIC) && Number.isInteger(entries);
    const vectors: [string, Float32Array][] = [];
    for (let index = 0; index < (isOurs ? entries : 0); index += 1) {
      const start = HEADER_BYTES + index * width;
      const vector = new Float32Array(this.#dimension);
      for (let feature = 0; feature < this.#dimension; feature += 1) {
        vector[feature] = bytes.readFloatLE(start + HASH_BYTES + 4 * feature);
      }
      if (isUnit(vector)) vectors.push([bytes.toString('hex', start, start + HASH_BYTES), vector]);
    }
    if (vectors.length !== entries) await rm(file, { force: true });
    else for (const [key, vector] of vectors) this.#known.set(key, vector);
  }
}

function keyOf(kind: VectorKind, content: string | Uint8Array): string {
  return createHash('sha256').update(`${kind}\u0000`).update(content).digest('hex');
}

async function makeRoom(root: string, bytesMax: number): Promise<void> {
  const files: { file: string; bytes: number; changedMs: number }[] = [];
  for (const folder of await readdir(root)) {
    for (const file of await vectorFiles(path.join(root, folder))) {
      const status = await stat(file).catch(() => undefined);
      if (status !== undefined) files.push({ file, bytes: status.size, changedMs: status.mtimeMs });
    }
  }
  let bytes = 0;
  for (const one of files.toSorted((a, b) => b.changedMs - a.changedMs)) {
    bytes += one.bytes;
    if (bytes > bytesMax) await rm(one.file, { force: true });
  }
}

async function vectorFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(SUFFIX)).map((name) => path.join(folder, name));
}

function isUnit(vector: Float32Array): boolean {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.abs(Math.sqrt(squares) - 1) <= UNIT_TOLERANCE;
}
