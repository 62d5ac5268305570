/**
 * Texts that somebody gives one by one, without a file: into the library, and their vectors at once.
 * Source: our own. Deviation: none.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, type Embedder } from '../../model/index.ts';
import type { Library } from '../library/library.ts';
import { normalText, TEXT_CHARACTERS_MAX, type TextEntry, type TextKind } from '../store/index.ts';
import { embedTexts } from './embed-texts.ts';

export interface GivenText {
  readonly text: string;
  readonly kind: TextKind;
  /** The photo it speaks of. */
  readonly imageId?: number | undefined;
  /** Of a catalogue. */
  readonly key?: string | undefined;
  /** At most 4000 characters of JSON. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export interface GivenTextsReport {
  /** Texts that were not there before. */
  readonly added: number;
  /** Of each, in order; texts that are equal have one. */
  readonly ids: readonly number[];
}

/** Who says them, beside the paths of files. */
export const GIVEN_PLACE = 'given';

/** Entries in one transaction: some 5 ms, during which nothing else is served. */
const ENTRIES_PER_COMMIT = 250;
const METADATA_CHARACTERS_MAX = 4000;

/**
 * All or none are checked before the first is kept.
 * @throws AppError TEXT_INVALID, LIMIT_EXCEEDED, NOT_FOUND (a photo), INVALID_ARGUMENT in read mode; as `embedMissingTexts`,
 *   where the texts are kept, and get their vectors with the next import
 */
export async function addTexts(
  library: Library,
  embedder: Embedder,
  texts: readonly GivenText[],
): Promise<GivenTextsReport> {
  const { store } = library;
  const generation = library.generationFor(embedder);
  const entries = texts.map((text, index) => entryOf(library, text, `texts.${index}`));
  const source = store.texts.source(GIVEN_PLACE) ?? store.texts.start(GIVEN_PLACE, 'file');
  const ids: number[] = [];
  let added = 0;
  for (let start = 0; start < entries.length; start += ENTRIES_PER_COMMIT) {
    const result = store.texts.add(source, entries.slice(start, start + ENTRIES_PER_COMMIT));
    added += result.added;
    ids.push(...result.ids);
    await nextTurn();
  }
  await embedTexts(library, embedder, generation, [...new Set(ids)]);
  return { added, ids };
}

/**
 * Removes a text, whoever says it. What a photo or a file says comes back when that is read again.
 * @throws AppError NOT_FOUND, INVALID_ARGUMENT in read mode
 */
export async function removeText(library: Library, id: number): Promise<void> {
  library.checkWritable();
  const { texts } = library.store;
  if (texts.byIds([id]).length === 0) {
    throw new AppError('NOT_FOUND', `text ${id}: is not in the library, expected the id of one that is`);
  }
  // Of a tag on very many photos each takes its words from the index.
  while (texts.removeLinksOf(id, ENTRIES_PER_COMMIT) > 0) await nextTurn();
  texts.remove(id);
}

function entryOf(library: Library, given: GivenText, place: string): TextEntry {
  const normal = normalText(given.text);
  if (!('text' in normal)) {
    const reasons = {
      empty: 'holds no words, expected a text',
      tooLong: `is longer than ${TEXT_CHARACTERS_MAX} characters, expected fewer`,
      noText: 'holds characters that no text has, expected a text',
    };
    throw new AppError('TEXT_INVALID', `${place}: ${reasons[normal.refused]}`);
  }
  const metadata = given.metadata === undefined ? null : JSON.stringify(given.metadata);
  if (metadata !== null && metadata.length > METADATA_CHARACTERS_MAX) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${place}.metadata: has ${metadata.length} characters of JSON, expected at most ${METADATA_CHARACTERS_MAX}`,
    );
  }
  return {
    kind: given.kind,
    text: normal.text,
    path: given.imageId === undefined ? null : pathOf(library, given.imageId, place),
    key: given.key ?? null,
    metadata,
  };
}

function pathOf(library: Library, imageId: number, place: string): string {
  const image = library.store.images.byId(imageId);
  if (image !== undefined) return image.path;
  throw new AppError(
    'NOT_FOUND',
    `${place}.imageId: photo ${imageId} is not in the library; search again, it may have been removed`,
  );
}
