/**
 * The network under test: an imported checkpoint, one graph and one session for each output.
 * Source: our own. Deviation: outputs do not share a graph, because a graph asked for vectors alone is
 * another (it computes only first rows) than one that gives all rows too, and both must be right.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { openCheckpoint } from '../../checkpoint/index.ts';
import { Tower, type TensorData } from '../../runtime/index.ts';
import { importModel } from '../import-model.ts';
import type { ModelFolder } from '../model-folder.ts';
import type { Fixture, FixtureConfig, TensorEntry, TokenInputs } from './fixture.ts';
import type { OutputPlan } from './output-plans.ts';
import type { Work } from './work.ts';

/** What our LayerNorms are built with; the released code knows no other. */
const EPSILON = 1e-5;

/** @returns the output's values, row-major */
export type RunOutput = (feeds: Readonly<Record<string, TensorData>>) => Promise<Float32Array>;

export interface NetworkOptions {
  readonly checkpoint: string;
  /** Names the imported model; different for every import of a fixture. */
  readonly name: string;
  /** Where the images are, and of which size; undefined for fixtures without any. */
  readonly image: TensorEntry | undefined;
}

export class FixtureNetwork {
  readonly #fixture: Fixture;
  readonly #work: Work;
  readonly #model: ModelFolder;
  readonly #image: TensorEntry | undefined;
  readonly #inputs: TokenInputs | undefined;

  private constructor(
    fixture: Fixture,
    work: Work,
    model: ModelFolder,
    image: TensorEntry | undefined,
    inputs: TokenInputs | undefined,
  ) {
    this.#fixture = fixture;
    this.#work = work;
    this.#model = model;
    this.#image = image;
    this.#inputs = inputs;
  }

  /** Imports the checkpoint at the size of the images. Errors as `importModel`, and FIXTURE_INVALID. */
  static async import(fixture: Fixture, work: Work, options: NetworkOptions): Promise<FixtureNetwork> {
    const { config } = fixture.manifest;
    const { image } = options;
    if (image !== undefined && (image.shape.length !== 4 || image.shape[2] !== image.shape[3])) {
      throw fixture.invalid(`"${image.name}" has shape [${image.shape.join(', ')}], expected [B, 3, S, S]`);
    }
    const imageSide = image?.shape[2] ?? config.img_size ?? undefined;
    const attentionHeads = config.heads ?? undefined;
    const { model } = await importModel({
      checkpoint: options.checkpoint,
      modelsFolder: work.folder,
      name: options.name,
      ...(attentionHeads !== undefined && { attentionHeads }),
      ...(imageSide !== undefined && { imageSide }),
      ...(work.signal && { signal: work.signal }),
    });
    checkAgainstManifest(fixture, config, model);
    return new FixtureNetwork(fixture, work, model, image, await fixture.tokenInputs());
  }

  /** exp of the stored scalar */
  async logitScale(): Promise<number> {
    const checkpoint = await openCheckpoint(path.join(this.#model.folder, this.#model.config.weights.file));
    try {
      const [log = Number.NaN] = await checkpoint.readFloat32('logit_scale');
      return Math.exp(log);
    } finally {
      await checkpoint.close();
    }
  }

  /** @returns the output's values, row-major */
  async run(plan: OutputPlan): Promise<Float32Array> {
    const feeds = await this.#feeds(plan);
    return this.withOutput(plan.request, (run) => run(feeds));
  }

  /** A graph of one output, for as many runs as `work` needs. */
  async withOutput<T>(request: OutputPlan['request'], work: (run: RunOutput) => Promise<T>): Promise<T> {
    const { folder, config } = this.#model;
    const cacheFolder = path.join(this.#work.folder, 'cache');
    const tower = new Tower({
      source: {
        config: config.beit3,
        weightsFile: path.join(folder, config.weights.file),
        weightsSha256: config.weights.sha256,
      },
      request,
      device: this.#work.device,
      precision: this.#work.precision,
      threads: this.#work.threads,
      providerOptions: {},
      cacheFolder,
      onNotice: () => undefined,
    });
    try {
      const { device } = await tower.load();
      this.#work.usedDevice(device);
      return await work(async (feeds) => {
        const [output] = request.outputs;
        const data = (await tower.run(feeds))[output]?.data;
        if (!(data instanceof Float32Array)) throw new Error(`the graph has no float32 output ${output}`);
        return data;
      });
    } finally {
      await tower.close();
      // Graphs hold the weights again; a large model would fill the disk with one for each output.
      await rm(cacheFolder, { recursive: true, force: true });
    }
  }

  /** All images of the fixture: float32 [B, 3, S, S]. */
  async images(): Promise<TensorData> {
    if (this.#image === undefined) throw this.#fixture.invalid('no input tensor "image"');
    return this.#imageTensor(this.#image);
  }

  async #feeds(plan: OutputPlan): Promise<Record<string, TensorData>> {
    const feeds: Record<string, TensorData> = {};
    const { tower, outputs, maskedPatches } = plan.request;
    if (tower !== 'text') feeds['image'] = await this.images();
    if (outputs.includes('nlvr2_logits')) {
      const second = this.#fixture.find(`${this.#image?.name ?? ''}2`);
      if (second === undefined) throw this.#fixture.invalid('no input tensor "image2"');
      feeds['image2'] = await this.#imageTensor(second);
    }
    if (maskedPatches === true) {
      const rows = this.#matrix('vision_masked_position');
      feeds['masked_patches'] = { data: Float32Array.from(rows.flat()), dims: dimsOf(rows) };
    }
    if (tower === 'vision') return feeds;
    const ids = this.#matrix('input_ids');
    const padding = this.#inputs?.padding_mask;
    feeds['input_ids'] = integers(ids);
    feeds['padding_mask'] =
      plan.padding === 'none' || padding === undefined || padding === null
        ? integers(ids.map((row) => row.map(() => 0)))
        : integers(padding);
    if (plan.positions !== undefined) {
      const read = plan.positions === 'masked' ? this.#matrix('language_masked_pos') : undefined;
      feeds['positions'] = integers(positionsOf(ids, read));
    }
    return feeds;
  }

  #matrix(name: 'input_ids' | 'language_masked_pos' | 'vision_masked_position'): readonly number[][] {
    const rows = this.#inputs?.[name];
    if (rows === undefined || rows === null) throw this.#fixture.invalid(`no "${name}" in the token inputs`);
    return rows;
  }

  async #imageTensor(entry: TensorEntry): Promise<TensorData> {
    return { data: await this.#fixture.readFloat32(entry.name), dims: entry.shape };
  }
}

/** A manifest that describes another checkpoint would otherwise fail number by number, without a reason. */
function checkAgainstManifest(
  fixture: Fixture,
  config: FixtureConfig,
  { config: { beit3 } }: ModelFolder,
): void {
  const pairs: readonly [string, number | null | undefined, number][] = [
    ['embed_dim', config.embed_dim, beit3.width],
    ['layers', config.layers, beit3.layers],
    ['ffn_dim', config.ffn_dim, beit3.feedForwardWidth],
    ['patch_size', config.patch_size, beit3.patchSize],
    ['vocab_size', config.vocab_size, beit3.vocabularySize],
    ['layernorm_eps', config.layernorm_eps, EPSILON],
  ];
  for (const [name, stated, found] of pairs) {
    if (typeof stated === 'number' && stated !== found) {
      throw fixture.invalid(`"config.${name}" is ${stated}, but the network of the checkpoint has ${found}`);
    }
  }
}

/** [M, 2]: batch and text row of every position that is to be read, batch-major */
function positionsOf(ids: readonly number[][], read: readonly number[][] | undefined): number[][] {
  return ids.flatMap((row, batch) =>
    row.flatMap((_, position) =>
      read === undefined || read[batch]?.[position] === 1 ? [[batch, position]] : [],
    ),
  );
}

export function integers(rows: readonly (readonly number[])[]): TensorData {
  return { data: BigInt64Array.from(rows.flat(), BigInt), dims: dimsOf(rows) };
}

function dimsOf(rows: readonly (readonly number[])[]): number[] {
  return [rows.length, rows[0]?.length ?? 0];
}
