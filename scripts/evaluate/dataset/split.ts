/**
 * Which photos of the annotations count.
 * Source: Karpathy and Fei-Fei 2015 (names); the Flickr8k release (a list of photos per split). Deviation: none.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../../model/index.ts';

/** `dev` and `val` are the same. */
export const splitNames = ['test', 'dev', 'val', 'train', 'all'] as const;
export type SplitName = (typeof splitNames)[number];

export function isSplitName(text: string): text is SplitName {
  return (splitNames as readonly string[]).includes(text);
}

/**
 * The list of a split beside a token file, `Flickr_8k.testImages.txt` or one that ends alike.
 * @throws AppError INVALID_ARGUMENT where there is none
 */
export function listBeside(captionsFile: string, split: SplitName): string {
  const folder = path.dirname(captionsFile);
  const names = split === 'dev' || split === 'val' ? ['dev', 'val'] : [split];
  const tried = names.flatMap((name) => [`Flickr_8k.${name}Images.txt`, `${name}.txt`]);
  const found = tried.map((name) => path.join(folder, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new AppError(
    'INVALID_ARGUMENT',
    `--split: found "${split}" for ${captionsFile}, but no ${tried.join(' or ')} beside it, expected a list of the photos; give its path with --split`,
  );
}
