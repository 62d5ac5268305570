/**
 * A library of a few photos for tests of texts, and small looks into it.
 * Source: our own. Deviation: none.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import {
  importTexts,
  type ImportTextsOptions,
  type JobSkip,
  type Library,
  type TextImportReport,
  type TextKind,
} from '../../../indexer/index.ts';
import { workbench, writePhoto, type Workbench } from '../../support/photo-folder.ts';

export interface TextBench extends Workbench {
  /** For lists of texts; not among the photos. */
  readonly lists: string;
}

/** Photos by their names, relative to the photo folder; indexed. */
export async function textBench(context: TestContext, photos: readonly string[]): Promise<TextBench> {
  const bench = await workbench(context);
  for (const [index, name] of photos.entries()) await writePhoto(path.join(bench.photos, name), index + 1);
  await bench.index();
  const lists = path.join(path.dirname(bench.photos), 'lists');
  await mkdir(lists);
  return { ...bench, lists };
}

export async function writeList(bench: TextBench, name: string, text: string | Uint8Array): Promise<string> {
  const file = path.join(bench.lists, name);
  await writeFile(file, text);
  return file;
}

export interface Imported {
  readonly report: TextImportReport;
  readonly skips: readonly JobSkip[];
  readonly texts: readonly SaidText[];
}

export interface SaidText {
  readonly kind: TextKind;
  readonly text: string;
  /** Names of the photos it is said of; `?` before one that is not in the library. */
  readonly photos: readonly string[];
  readonly keys: readonly string[];
}

/** Opens, imports, looks, closes. */
export async function importInto(
  bench: TextBench,
  source: string,
  options: Partial<ImportTextsOptions> = {},
): Promise<Imported> {
  const library = await bench.open();
  try {
    const skips: JobSkip[] = [];
    const report = await importTexts(library, bench.embedder, {
      source,
      onSkip: (skip) => skips.push(skip),
      ...options,
    });
    return { report, skips, texts: textsIn(library) };
  } finally {
    await library.close();
  }
}

/** All texts, by kind and text. */
export function textsIn(library: Library): SaidText[] {
  const { texts } = library.store;
  return texts
    .page(0, 10_000)
    .map(({ id, kind, text }) => {
      const links = texts.links(id, 0, 1000);
      const photos = links.flatMap(({ path: photo, imageId }) =>
        photo === null ? [] : [(imageId === null ? '?' : '') + path.basename(photo)],
      );
      return { kind, text, photos, keys: links.flatMap(({ key }) => key ?? []) };
    })
    .toSorted((a, b) => `${a.kind} ${a.text}`.localeCompare(`${b.kind} ${b.text}`, 'en'));
}
