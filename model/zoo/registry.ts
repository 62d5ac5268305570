/**
 * Finds models: those a person imported, and the one that ships with the engine.
 * Source: our own. Deviation: none.
 */
import { readdir, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { AppError, messageOf } from '../errors.ts';
import { CONFIG_FILE, openModelFolder, type ModelFolder } from './model-folder.ts';

export const BUILTIN_MODEL = 'nano';

export interface ListedModel {
  readonly name: string;
  readonly folder: string;
  readonly builtin: boolean;
  /** undefined where the folder could not be opened; `problem` says why */
  readonly model?: ModelFolder;
  readonly problem?: string;
}

/** The folder of the built-in model, beside this file in the sources (weights are not compiled). */
export function builtinFolder(): string {
  const beside = path.join(import.meta.dirname, 'builtin', BUILTIN_MODEL);
  if (existsSync(path.join(beside, CONFIG_FILE))) return beside;
  // Compiled code lies in dist/model/zoo, the weights stay in model/zoo.
  return path.join(import.meta.dirname, '..', '..', '..', 'model', 'zoo', 'builtin', BUILTIN_MODEL);
}

/** The built-in model and every folder of `modelsFolder`, sorted by name; damaged ones with their problem. */
export async function listModels(modelsFolder: string): Promise<ListedModel[]> {
  const entries = await readdir(modelsFolder, { withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => ({ name: entry.name, folder: path.join(modelsFolder, entry.name), builtin: false }));
  // An imported model of the same name takes the place of the built-in one.
  if (!folders.some(({ name }) => name === BUILTIN_MODEL)) {
    folders.push({ name: BUILTIN_MODEL, folder: builtinFolder(), builtin: true });
  }
  folders.sort((a, b) => a.name.localeCompare(b.name));
  return Promise.all(
    folders.map(async ({ name, folder, builtin }) => {
      try {
        return { name, folder, builtin, model: await openModelFolder(folder) };
      } catch (error) {
        return { name, folder, builtin, problem: messageOf(error) };
      }
    }),
  );
}

/**
 * A model by name, or by the path of its folder (anything with a separator in it).
 * @throws AppError MODEL_NOT_FOUND naming the models there are, MODEL_INVALID
 */
export async function findModel(reference: string, modelsFolder: string): Promise<ModelFolder> {
  if (reference.includes('/') || reference.includes(path.sep))
    return openModelFolder(path.resolve(reference));
  const folder = path.join(modelsFolder, reference);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() === true) return openModelFolder(folder);
  if (reference === BUILTIN_MODEL) return openModelFolder(builtinFolder());
  const known = (await listModels(modelsFolder)).map(({ name }) => name).join(', ');
  throw new AppError(
    'MODEL_NOT_FOUND',
    `no model "${reference}" in ${modelsFolder}; there are: ${known}. Import one with "imglish model import", or give the path of a model folder`,
  );
}
