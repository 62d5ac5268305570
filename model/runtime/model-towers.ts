/**
 * The towers of a model folder: which weights each reads, and with which settings it runs.
 * Source: our own. Deviation: none.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { GraphRequest } from '../beit3/index.ts';
import type { ModelFolder } from '../zoo/index.ts';
import type { OpenEmbedderOptions } from './embedder.ts';
import type { GraphSource } from './graph-cache.ts';
import { Tower } from './tower.ts';

/** The weights that make vectors, or those that read image and text together; often the same. */
export type WeightSet = 'main' | 'fusion';

export type MakeTower = (set: WeightSet, request: GraphRequest) => Tower;

/** @returns makes towers that have not been loaded yet; each notice is passed on once for all of them */
export function towerMaker(model: ModelFolder, options: OpenEmbedderOptions): MakeTower {
  const asked = options.precision ?? 'auto';
  // Several towers find the same devices missing; a person needs to read it once.
  const onNotice = once(options.onNotice);
  return (set, request) =>
    new Tower({
      source: set === 'fusion' ? fusionSource(model) : mainSource(model),
      request,
      device: options.device ?? 'auto',
      precision: asked === 'auto' ? model.config.precision : asked,
      threads: options.threads ?? availableParallelism(),
      providerOptions: options.providerOptions ?? {},
      cacheFolder: options.cacheFolder,
      onNotice,
    });
}

export function mainSource({ folder, config }: ModelFolder): GraphSource {
  return {
    config: config.beit3,
    weightsFile: path.join(folder, config.weights.file),
    weightsSha256: config.weights.sha256,
  };
}

export function fusionSource(model: ModelFolder): GraphSource {
  const { fusion } = model.config;
  if (fusion === null) return mainSource(model);
  return {
    config: fusion.beit3,
    weightsFile: path.join(model.folder, fusion.file),
    weightsSha256: fusion.sha256,
  };
}

/** Passes each notice on the first time only. */
function once(onNotice: OpenEmbedderOptions['onNotice']): (notice: string) => void {
  const told = new Set<string>();
  return (notice) => {
    if (!told.has(notice)) onNotice?.(notice);
    told.add(notice);
  };
}
