/**
 * The models that programs may ask: those the library has vectors of, and this process has open.
 * Source: our own. Deviation: none.
 */
import type { Generation, Library } from '../../indexer/index.ts';
import { AppError, type Embedder } from '../../model/index.ts';
import type { SearchEngine } from '../../query/index.ts';
import type { ModelDocument } from '../schema/models.ts';

export interface ServedModelsOptions {
  readonly library: Library;
  readonly models: Pick<SearchEngine, 'embedderOf' | 'scorer'>;
  /** Of pictures that are sent; default: those of a decode. */
  readonly pixelsMax?: number;
}

export interface ServedModel {
  readonly embedder: Embedder;
  readonly generation: Generation;
}

/** That of the library first. */
export function servedModels({ library, models }: ServedModelsOptions): ServedModel[] {
  const current = library.generation;
  const others = library.store.generations.all().filter(({ id }) => id !== current.id);
  return [current, ...others].flatMap((generation) => {
    const embedder = models.embedderOf(generation.modelIdentity);
    return embedder === undefined ? [] : [{ embedder, generation }];
  });
}

/** @param name default: that of the library */
export function servedModel(options: ServedModelsOptions, name: string | undefined): ServedModel {
  const served = servedModels(options);
  const found = served.find(({ embedder }) => name === undefined || embedder.name === name);
  if (found !== undefined) return found;
  const known = served.map(({ embedder }) => `"${embedder.name}"`).join(', ');
  throw new AppError(
    'NOT_FOUND',
    `model: "${name ?? ''}" is not served here, expected ${known || 'one that is loaded'}; leave it out for that of the library`,
  );
}

export function modelDocument({ embedder, generation }: ServedModel): ModelDocument {
  return {
    id: embedder.name,
    object: 'model',
    created: Math.floor(Date.parse(generation.createdAt) / 1000),
    owned_by: 'library',
    dimension: embedder.dimension,
    textLength: embedder.textLengthMax ?? 0,
    canRerank: embedder.canFuse,
    isCalibrated: embedder.calibration !== null,
  };
}

/** What reading the inputs of a request takes. */
export function readingOf(
  { library, pixelsMax }: ServedModelsOptions,
  served: ServedModel,
  signal: AbortSignal,
) {
  return { library, ...served, limits: pixelsMax === undefined ? {} : { pixelsMax }, signal };
}
