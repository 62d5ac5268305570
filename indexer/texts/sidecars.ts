/**
 * Files beside photos that say something of them: photo.jpg.txt, photo.txt, photo.jpg.json, photo.json.
 * Source: our own. Deviation: none.
 *
 * The photos of the library are walked, not the disk: a text file that lies beside no indexed photo is nobody's.
 */
import { opendir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../../model/index.ts';
import { isBelow, type Store, type TextKind } from '../store/index.ts';
import { cellsOf, parseObject } from './file-rows.ts';
import { textRow, type Cell, type TextRow } from './text-row.ts';

export interface Sidecar {
  /** absolute */
  readonly file: string;
  /** Photos it speaks of, absolute: one, or all of its name (photo.jpg and photo.png). */
  readonly photos: readonly string[];
  /** Changes with the file and with what it speaks of. */
  readonly version: string;
}

const PHOTOS_PER_PAGE = 256;
/** photo.jpg, photo.png, photo.heic, …: more of one name are not joined. */
const NAMESAKES_MAX = 16;
/** Listings that are kept: photos come by path, so a folder and its subfolders take turns. */
const LISTINGS_MAX = 32;
const SIDECAR_BYTES_MAX = 262_144;
/** Lines of a text file beside a photo, each a caption. */
const LINES_MAX = 100;
const SOURCES_PER_PAGE = 256;
const LINKS_PER_REMOVAL = 1000;

/** @returns the sidecars of the photos at or below `folder`, each once; `photosSeen` grows meanwhile */
export async function* findSidecars(
  store: Store,
  folder: string,
  onPhotos: (count: number) => void,
): AsyncGenerator<Sidecar> {
  const listings = new Listings();
  for (let after = ''; ;) {
    const photos = store.images.below(folder, after, PHOTOS_PER_PAGE);
    const last = photos.at(-1);
    if (last === undefined) return;
    for (const photo of photos) {
      const names = await listings.of(path.dirname(photo.path));
      if (names.size > 0) yield* sidecarsOf(store, photo.path, names);
    }
    onPhotos(photos.length);
    after = last.path;
  }
}

async function* sidecarsOf(store: Store, photo: string, names: ReadonlySet<string>): AsyncGenerator<Sidecar> {
  const { dir, base, name: stem } = path.parse(photo);
  for (const extension of ['.txt', '.json']) {
    if (names.has(base + extension)) yield* sidecar(path.join(dir, base + extension), [photo]);
    if (!names.has(stem + extension)) continue;
    const place = path.join(dir, stem);
    // "a.jpg.txt" beside "a.jpg" and "a.jpg.png" speaks of the former.
    if (store.texts.hasImageAt(place)) continue;
    const photos = store.texts
      .namesakes(place, NAMESAKES_MAX)
      .filter((one) => path.parse(one).name === stem && path.dirname(one) === dir);
    // Its other photos come later, or came before.
    if (photos[0] === photo) yield* sidecar(place + extension, photos);
  }
}

async function* sidecar(file: string, photos: readonly string[]): AsyncGenerator<Sidecar> {
  const status = await stat(file).catch(() => undefined);
  if (status?.isFile() !== true) return;
  const named = photos.map((photo) => path.basename(photo));
  yield { file, photos, version: JSON.stringify([status.size, status.mtimeMs, ...named]) };
}

/** Names of text and JSON files in a folder; none where it cannot be read. */
class Listings {
  readonly #kept = new Map<string, ReadonlySet<string>>();

  async of(folder: string): Promise<ReadonlySet<string>> {
    const kept = this.#kept.get(folder) ?? (await list(folder));
    // The least recently used is the first of the map.
    this.#kept.delete(folder);
    this.#kept.set(folder, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= LISTINGS_MAX) break;
      this.#kept.delete(oldest);
    }
    return kept;
  }
}

async function list(folder: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  try {
    for await (const { name } of await opendir(folder)) if (/\.(?:txt|json)$/.test(name)) names.add(name);
  } catch {
    // A folder that is gone has no sidecars.
  }
  return names;
}

/**
 * @returns what it says, perhaps nothing: a JSON file beside a photo may be another program's
 * @throws AppError TEXT_INVALID, LIMIT_EXCEEDED, FILE_UNREADABLE; the caller puts the place before the message
 */
export async function readSidecar(file: string, kind: TextKind | undefined): Promise<TextRow | undefined> {
  const text = await readSmall(file);
  const fileName = path.basename(file).replace(/\.(?:txt|json)$/, '');
  if (file.endsWith('.json')) {
    const cells = cellsOf(parseObject(text));
    // Of which photo and under which key it speaks is known.
    return textRow(
      cells.filter(({ role }) => role === 'text' || role === 'tags'),
      { kind, fileName },
    );
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length > LINES_MAX) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `has ${lines.length} lines, expected at most ${LINES_MAX}; it is no caption`,
    );
  }
  const role = kind === 'tag' ? 'tags' : 'text';
  const cells = lines.map((value): Cell => ({ role, name: 'line', value }));
  return textRow(cells, { kind, fileName });
}

async function readSmall(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    const { size } = await stat(file);
    if (size > SIDECAR_BYTES_MAX) {
      throw new AppError(
        'LIMIT_EXCEEDED',
        `has ${size} bytes, expected at most ${SIDECAR_BYTES_MAX}; it is no caption`,
      );
    }
    bytes = await readFile(file);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('FILE_UNREADABLE', `${messageOf(error)}; check its permissions`, { cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('TEXT_INVALID', 'holds bytes that are not UTF-8; save it as UTF-8');
  }
}

/**
 * Removes what sidecars said that are gone. One whose whole folder is gone stays: a drive may be unplugged.
 * @returns how many sayings were removed
 */
export async function forgetGoneSidecars(store: Store, folder: string): Promise<number> {
  let removed = 0;
  for (let after = 0; ;) {
    const sources = store.texts.sources(after, SOURCES_PER_PAGE);
    const last = sources.at(-1);
    if (last === undefined) return removed;
    for (const { id, place, form } of sources) {
      if (form !== 'sidecar' || !isBelow(place, folder)) continue;
      if ((await isThere(place)) || !(await isThere(path.dirname(place)))) continue;
      for (;;) {
        const count = store.texts.removeSource(id, LINKS_PER_REMOVAL);
        if (count === 0) break;
        removed += count;
      }
    }
    after = last.id;
  }
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
