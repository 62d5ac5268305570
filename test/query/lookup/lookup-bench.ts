/**
 * A library of four photos of one colour each, with lists of texts, for tests of lookups.
 * Source: our own. Deviation: none.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { importTexts, type Library } from '../../../indexer/index.ts';
import type { Embedder } from '../../../model/index.ts';
import { FusionScorer, LookupEngine, type LookupResponse } from '../../../query/index.ts';
import { workbench, writePhoto, type Colour, type Workbench } from '../../support/photo-folder.ts';

export const grounds: Readonly<Record<string, Colour>> = {
  red: [255, 0, 0],
  green: [0, 255, 0],
  blue: [0, 0, 255],
  yellow: [255, 255, 0],
};

export interface LookupBench extends Workbench {
  readonly lists: string;
}

/** Photos red.jpg, green.jpg, … and whatever list is given. */
export async function filled(
  context: TestContext,
  lists: Readonly<Record<string, string>> = {},
): Promise<{
  readonly bench: LookupBench;
  readonly library: Library;
  readonly idOf: (name: string) => number;
}> {
  const bench = await workbench(context);
  for (const [index, [name, ground]] of Object.entries(grounds).entries()) {
    await writePhoto(path.join(bench.photos, `${name}.jpg`), index + 1, ground);
  }
  await bench.index();
  const library = await bench.open();
  context.after(() => library.close());
  for (const [name, text] of Object.entries(lists)) {
    const file = path.join(path.dirname(bench.photos), name);
    await writeFile(file, text);
    await importTexts(library, bench.embedder, { source: file, photos: bench.photos });
  }
  const images = library.store.images.below(bench.photos, '', 100);
  const idOf = (name: string): number =>
    images.find((image) => path.basename(image.path) === `${name}.jpg`)?.id ?? 0;
  return { bench: { ...bench, lists: path.dirname(bench.photos) }, library, idOf };
}

export function engineOf(library: Library, embedder: Embedder): LookupEngine {
  return new LookupEngine({
    library,
    embedderOf: (identity) => (identity === embedder.identity ? embedder : undefined),
    scorer: new FusionScorer({ library }),
  });
}

export function words({ texts }: LookupResponse): string[] {
  return texts.map(({ text }) => text);
}
