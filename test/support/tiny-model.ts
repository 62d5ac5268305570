/**
 * A small random model with a real tokenizer, imported the way every model is.
 * Source: our own. Deviation: none.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  importModel,
  noHeads,
  type Beit3Config,
  type ImportOptions,
  type ImportResult,
} from '../../model/index.ts';
import { fixturesFolder } from './paths.ts';
import { tinyConfig, TinyNetwork } from './tiny-network.ts';

/** 2,000 pieces, which are 2,002 tokens. */
export const tinyTokenizer = path.join(fixturesFolder, 'tokenizer', 'unigram_nmt_nfkc_cf.model');

/** Two rows more than the tokenizer has tokens, as in the released models there are eight. */
export const tinyModelConfig: Beit3Config = {
  ...tinyConfig,
  vocabularySize: 2004,
  heads: { ...noHeads, retrieval: true, itm: true },
};

/** @returns the imported model; its folder is `folder`/tiny unless the options say otherwise */
export async function importTinyModel(
  folder: string,
  options: Partial<ImportOptions> = {},
  network = new TinyNetwork(tinyModelConfig),
): Promise<ImportResult> {
  const checkpoint = path.join(folder, 'checkpoints', 'tiny.safetensors');
  await mkdir(path.dirname(checkpoint), { recursive: true });
  await network.write(checkpoint);
  return importModel({
    checkpoint,
    tokenizer: tinyTokenizer,
    modelsFolder: path.join(folder, 'models'),
    attentionHeads: network.config.attentionHeads,
    ...options,
  });
}
