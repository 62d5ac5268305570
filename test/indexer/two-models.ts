/**
 * A library that one model has indexed, and another model that has not.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Library } from '../../indexer/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import { workbench, writePhoto, type Workbench } from '../support/photo-folder.ts';

export const PHOTOS = 24;

export interface Indexed {
  readonly bench: Workbench;
  readonly library: Library;
  /** Of another dimension than the one that indexed: mixing them up cannot go unnoticed. */
  readonly other: ColourEmbedder;
  readonly at: (index: number) => string;
}

/** A library of the first model, open for writing. */
export async function indexed(
  context: TestContext,
  options: { readonly batchMs?: number } = {},
): Promise<Indexed> {
  const bench = await workbench(context);
  const at = (index: number): string => path.join(bench.photos, `${index}.jpg`);
  for (let index = 0; index < PHOTOS; index += 1) await writePhoto(at(index), index + 1);
  await bench.index();
  const library = await bench.open();
  context.after(() => library.close());
  const other = new ColourEmbedder({ identity: 'colours-2', cells: 2, ...options });
  return { bench, library, other, at };
}
