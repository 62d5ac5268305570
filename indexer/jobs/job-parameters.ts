/**
 * What a person asks for, as the parameters of a job: complete, so that the process that does the job needs no flag.
 * Source: our own. Deviation: none.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../model/index.ts';
import type { Settings } from '../settings.ts';

export type JobParameters = Readonly<Record<string, unknown>>;

/** What a job takes from the settings of the process that asks for it. */
export type JobSettings = Pick<
  Settings,
  | 'model'
  | 'fileBytesMax'
  | 'imagePixelsMax'
  | 'excludeFolders'
  | 'excludeGlobs'
  | 'followSymlinks'
  | 'keepMissing'
  | 'nearThreshold'
>;

/** @param folders also files; none: those that were indexed before @throws AppError FILE_NOT_FOUND */
export function indexParameters(
  settings: JobSettings,
  folders: readonly string[],
  options: { readonly prune?: boolean | undefined } = {},
): JobParameters {
  const { excludeFolders, excludeGlobs, followSymlinks, keepMissing } = settings;
  return {
    ...embedParameters(settings),
    roots: folders.map(existing),
    excludeFolders,
    excludeGlobs,
    followSymlinks,
    keepMissing,
    prune: options.prune === true,
  };
}

export function embedParameters({ model, fileBytesMax, imagePixelsMax }: JobSettings): JobParameters {
  return { model: modelParameter(model), fileBytesMax, imagePixelsMax };
}

export function duplicatesParameters({ nearThreshold }: JobSettings): JobParameters {
  return { threshold: nearThreshold };
}

/** A path means the same in another process. */
export function modelParameter(model: string | null): string | null {
  return model !== null && (model.includes('/') || model.includes(path.sep)) ? path.resolve(model) : model;
}

/** A job is done by another process later, which must not be the first to see that a name is misspelt. */
export function existing(name: string): string {
  const full = path.resolve(name);
  if (existsSync(full)) return full;
  throw new AppError(
    'FILE_NOT_FOUND',
    `${full}: is not there, expected a file or folder; check its name, or plug in its drive`,
  );
}
