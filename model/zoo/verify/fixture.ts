/**
 * A fixture folder: manifest.json and the raw tensors it names.
 * Source: shared/fixtures/README.md, "Formats". Deviation: none; fields that we do not need are let through.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../../errors.ts';

const MANIFEST_FILE = 'manifest.json';

/** The largest manifest so far lists 500 tensors in 20 kB; expected.json of the tokenizer has 800 kB. */
const JSON_BYTES_MAX = 64 * 1024 * 1024;

/** One expected tensor: 30 million float32, an encoder output of a large model for a full batch. */
const TENSOR_BYTES_MAX = 1024 * 1024 * 1024;

const elementBytes = { float32: 4, float64: 8, uint8: 1, int32: 4, int64: 8 } as const;

const views = {
  float32: (buffer: ArrayBuffer) => new Float32Array(buffer),
  float64: (buffer: ArrayBuffer) => new Float64Array(buffer),
  uint8: (buffer: ArrayBuffer) => new Uint8Array(buffer),
  int32: (buffer: ArrayBuffer) => new Int32Array(buffer),
  int64: (buffer: ArrayBuffer) => Float64Array.from(new BigInt64Array(buffer), Number),
} as const;

const count = z.int().nonnegative();

const tensorSchema = z.looseObject({
  name: z.string().min(1),
  role: z.enum(['input', 'expected']),
  dtype: z.enum(['float32', 'float64', 'uint8', 'int32', 'int64']),
  shape: z.array(count),
  file: z.string().min(1),
  suggested_atol: z.number().nonnegative().nullish(),
});

const configSchema = z.looseObject({
  heads: z.int().positive().nullish(),
  img_size: z.int().positive().nullish(),
  patch_size: z.int().positive().nullish(),
  embed_dim: z.int().positive().nullish(),
  layers: z.int().positive().nullish(),
  ffn_dim: z.int().positive().nullish(),
  vocab_size: z.int().positive().nullish(),
  layernorm_eps: z.number().positive().nullish(),
});

const checkpointSchema = z.looseObject({
  file: z.string().min(1),
  outputs_prefix: z.string().nullish(),
});

const manifestSchema = z.looseObject({
  fixture: z.string().min(1),
  kind: z.string().min(1),
  tensors: z.array(tensorSchema).default([]),
  config: configSchema.default({}),
  checkpoints: z.array(checkpointSchema).default([]),
  token_inputs: z.string().nullish(),
  generation: z.string().nullish(),
});

const matrix = z.array(z.array(count).nonempty()).nonempty();

const tokenInputsSchema = z.looseObject({
  input_ids: matrix,
  padding_mask: matrix.nullish(),
  language_masked_pos: matrix.nullish(),
  vision_masked_position: matrix.nullish(),
});

export type TensorEntry = z.infer<typeof tensorSchema>;
export type FixtureConfig = z.infer<typeof configSchema>;
export type FixtureCheckpoint = z.infer<typeof checkpointSchema>;
type Manifest = z.infer<typeof manifestSchema>;

/** inputs.json; every matrix is [B, T], the last [B, P - 1]. */
export type TokenInputs = z.infer<typeof tokenInputsSchema>;

export class Fixture {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly #tensors: ReadonlyMap<string, TensorEntry>;

  private constructor(folder: string, manifest: Manifest) {
    this.folder = folder;
    this.manifest = manifest;
    this.#tensors = new Map(manifest.tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** @throws AppError FIXTURE_INVALID */
  static async open(folder: string): Promise<Fixture> {
    const file = path.join(folder, MANIFEST_FILE);
    const fixture = new Fixture(folder, parse(manifestSchema, await readJson(file), file));
    if (fixture.#tensors.size !== fixture.manifest.tensors.length) {
      throw fixture.invalid('two tensors have the same name');
    }
    return fixture;
  }

  /** Checks the whole manifest against what this kind of fixture has besides. */
  manifestAs<T>(schema: z.ZodType<T>): T {
    return parse(schema, this.manifest, path.join(this.folder, MANIFEST_FILE));
  }

  get expected(): TensorEntry[] {
    return this.manifest.tensors.filter(({ role }) => role === 'expected');
  }

  find(name: string): TensorEntry | undefined {
    return this.#tensors.get(name);
  }

  /** Values of a tensor that must be there; int64 is narrowed. */
  async read(name: string): Promise<Float32Array | Float64Array | Uint8Array | Int32Array> {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw this.invalid(`no tensor "${name}"`);
    const { dtype, shape, file } = tensor;
    const bytes = shape.reduce((product, size) => product * size, 1) * elementBytes[dtype];
    const data = await this.#readBytes(file, bytes);
    return views[dtype](data.buffer);
  }

  async readFloat32(name: string): Promise<Float32Array> {
    const values = await this.read(name);
    return values instanceof Float32Array ? values : Float32Array.from(values);
  }

  async tokenInputs(): Promise<TokenInputs | undefined> {
    const { token_inputs: file } = this.manifest;
    if (file === undefined || file === null) return undefined;
    const inputs = await this.readJson(file, tokenInputsSchema);
    for (const [name, rows] of Object.entries(inputs)) {
      if (Array.isArray(rows) && rows.some((row) => row.length !== rows[0]?.length)) {
        throw this.invalid(`${file}: the rows of "${name}" differ in length`);
      }
    }
    return inputs;
  }

  async readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
    const full = await this.existing(file);
    return parse(schema, await readJson(full), full);
  }

  /**
   * The path of a file that the manifest names.
   * @throws AppError FIXTURE_INVALID where it is not there or not inside the fixture folder
   */
  async existing(file: string): Promise<string> {
    const full = path.resolve(this.folder, file);
    if (!isInside(full, this.folder)) throw this.invalid(`"${file}" leads out of the fixture folder`);
    if (await isFile(full)) return full;
    throw this.invalid(`"${file}" is not there; copy the fixture whole, or take it out of the manifest`);
  }

  invalid(problem: string): AppError {
    return new AppError(
      'FIXTURE_INVALID',
      `${path.join(this.folder, MANIFEST_FILE)}: ${problem}; expected a fixture of the form of shared/fixtures/README.md`,
    );
  }

  async #readBytes(file: string, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (bytes > TENSOR_BYTES_MAX) throw this.invalid(`"${file}" would have ${bytes} bytes`);
    const full = await this.existing(file);
    const { size } = await stat(full);
    if (size !== bytes) throw this.invalid(`"${file}" has ${size} bytes, expected ${bytes} for its shape`);
    // A copy of its own: a typed array of wider elements needs an aligned start.
    return new Uint8Array(await readFile(full));
  }
}

/**
 * The folder itself if it is a fixture, else the fixtures directly inside it, sorted.
 * @throws AppError FIXTURE_INVALID where there is none
 */
export async function findFixtures(folder: string): Promise<string[]> {
  if (await isFile(path.join(folder, MANIFEST_FILE))) return [folder];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    const inside = path.join(folder, entry.name);
    if (await isFile(path.join(inside, MANIFEST_FILE))) found.push(inside);
  }
  if (found.length > 0) return found.toSorted();
  throw new AppError(
    'FIXTURE_INVALID',
    `${folder}: no ${MANIFEST_FILE} in it or one folder below; give the folder of a fixture`,
  );
}

export async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}

export function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..';
}

async function readJson(file: string): Promise<unknown> {
  try {
    const { size } = await stat(file);
    if (size > JSON_BYTES_MAX) throw new Error(`${size} bytes, expected at most ${JSON_BYTES_MAX}`);
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new AppError(
      'FIXTURE_INVALID',
      `${file}: ${messageOf(error)}; give the folder of a fixture, which has a readable ${MANIFEST_FILE}`,
      { cause: error },
    );
  }
}

function parse<T>(schema: z.ZodType<T>, json: unknown, place: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'the file' : `"${issue.path.join('.')}"`;
  throw new AppError(
    'FIXTURE_INVALID',
    `${place}: ${field}: ${issue?.message ?? 'invalid'}; expected a fixture of the form of shared/fixtures/README.md`,
  );
}
