/**
 * One row of a list of texts, whatever form the list has: which column means what, and what is kept of it.
 * Source: our own. Deviation: none.
 */
import { fileURLToPath } from 'node:url';
import { AppError } from '../../model/index.ts';
import { normalText, TEXT_CHARACTERS_MAX, type TextEntry, type TextKind } from '../store/index.ts';

/** What a column is for. */
export type Role = 'text' | 'tags' | 'path' | 'key' | 'kind' | 'metadata' | 'other';

export interface Cell {
  readonly role: Role;
  /** As the header or the object has it. */
  readonly name: string;
  readonly value: unknown;
}

/** What a row says, with a path as it is written there. */
export interface TextRow {
  readonly entries: readonly Pick<TextEntry, 'kind' | 'text'>[];
  readonly path: string | null;
  readonly key: string | null;
  readonly metadata: string | null;
}

/** Tags of one photo; more is a list of something else. */
const TAGS_MAX = 500;
const KEY_CHARACTERS_MAX = 512;
const METADATA_CHARACTERS_MAX = 4000;
const PATH_CHARACTERS_MAX = 4096;

/** Names of columns, in lower case without spaces, hyphens and underscores. */
const names = {
  text: ['text', 'caption', 'captions', 'title', 'description', 'sentence', 'sentences', 'comment', 'line'],
  tags: ['tag', 'tags', 'keyword', 'keywords', 'label', 'labels', 'subject'],
  path: ['path', 'file', 'filename', 'filepath', 'image', 'imagepath', 'imagename', 'photo', 'sourcefile'],
  key: ['id', 'key', 'sku', 'identifier'],
  kind: ['kind'],
  metadata: ['metadata'],
} as const satisfies Partial<Record<Role, readonly string[]>>;

const roles = new Map<string, Role>(
  Object.entries(names).flatMap(([role, list]) => list.map((name) => [name, role as Role] as const)),
);

export function roleOf(name: string): Role {
  return roles.get(name.toLowerCase().replaceAll(/[\s_-]/g, '')) ?? 'other';
}

/** For messages: the columns that hold texts. */
export const textColumnNames = [...names.text.slice(0, 4), ...names.tags.slice(0, 4)].join(', ');

/**
 * @param options.kind of the texts (not of tags), whatever the row says
 * @param options.fileName a title that only repeats it is no text
 * @returns undefined where the row holds no text
 * @throws AppError TEXT_INVALID, LIMIT_EXCEEDED; the caller puts the place before the message
 */
export function textRow(
  cells: readonly Cell[],
  options: { readonly kind?: TextKind | undefined; readonly fileName?: string | undefined } = {},
): TextRow | undefined {
  const path = pathOf(cells);
  const key = keyOf(cells);
  const kind = options.kind ?? kindOf(cells) ?? (key !== null && path === null ? 'line' : 'caption');
  const fileName = options.fileName ?? path?.split(/[/\\]/).at(-1);
  const entries = new Map<string, Pick<TextEntry, 'kind' | 'text'>>();
  const keep = (one: TextKind, raw: string, name: string): void => {
    const text = checkedText(raw, name);
    if (text !== undefined && text !== fileName) entries.set(`${one} ${text}`, { kind: one, text });
  };
  for (const { role, name, value } of cells) {
    if (role === 'text') for (const text of stringsOf(value, name)) keep(kind, text, name);
    if (role === 'tags') for (const text of tagsOf(value, name)) keep('tag', text, name);
  }
  if (entries.size > TAGS_MAX) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${entries.size} texts in one row, expected at most ${TAGS_MAX}; divide it`,
    );
  }
  if (entries.size === 0) return undefined;
  return { entries: [...entries.values()], path, key, metadata: metadataOf(cells, key) };
}

/** Tags in one cell stand between commas, semicolons or bars. */
function tagsOf(value: unknown, name: string): string[] {
  if (typeof value === 'string') return value.split(/[,;|]/);
  return stringsOf(value, name);
}

function stringsOf(value: unknown, name: string): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new AppError(
    'TEXT_INVALID',
    `"${shown(name)}" is ${shown(JSON.stringify(value))}, expected a text or a list of texts; correct the row`,
  );
}

function checkedText(raw: string, name: string): string | undefined {
  const normal = normalText(raw);
  if ('text' in normal) return normal.text;
  switch (normal.refused) {
    case 'empty':
      return undefined;
    case 'tooLong':
      throw new AppError(
        'LIMIT_EXCEEDED',
        `"${shown(name)}" has ${raw.length} characters, expected at most ${TEXT_CHARACTERS_MAX}; shorten it`,
      );
    case 'noText':
      break;
  }
  throw new AppError(
    'TEXT_INVALID',
    `"${shown(name)}" holds NUL, a replacement character or half a character, expected text; save the file as UTF-8`,
  );
}

function pathOf(cells: readonly Cell[]): string | null {
  const value = cells.find(({ role, value: one }) => role === 'path' && one !== '')?.value ?? null;
  if (value === null) return null;
  if (typeof value !== 'string' || value.includes('\0') || value.length > PATH_CHARACTERS_MAX) {
    throw new AppError(
      'TEXT_INVALID',
      `the path is ${shown(JSON.stringify(value))}, expected the path of a photo; correct the row`,
    );
  }
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(value)) return value;
  // A photo on the web is none of the library's; its text is.
  if (!value.toLowerCase().startsWith('file://')) return null;
  try {
    return fileURLToPath(value);
  } catch {
    throw new AppError('TEXT_INVALID', `the path is "${shown(value)}", expected one of this machine`);
  }
}

function keyOf(cells: readonly Cell[]): string | null {
  const value = cells.find(({ role, value: one }) => role === 'key' && one !== '')?.value ?? null;
  if (value === null) return null;
  const key = typeof value === 'number' ? String(value) : value;
  if (typeof key === 'string' && key.length <= KEY_CHARACTERS_MAX && !key.includes('\0')) return key.trim();
  throw new AppError(
    'TEXT_INVALID',
    `the key is ${shown(JSON.stringify(value))}, expected a text of at most ${KEY_CHARACTERS_MAX} characters; correct the row`,
  );
}

function kindOf(cells: readonly Cell[]): TextKind | undefined {
  const value = cells.find(({ role }) => role === 'kind')?.value;
  if (value === undefined || value === null || value === '') return undefined;
  if (value === 'caption' || value === 'tag' || value === 'line') return value;
  throw new AppError(
    'TEXT_INVALID',
    `the kind is ${shown(JSON.stringify(value))}, expected caption, tag or line; correct the row`,
  );
}

/** What else a catalogue says of its entry; of rows without a key nothing is kept. */
function metadataOf(cells: readonly Cell[], key: string | null): string | null {
  const given = cells.find(({ role }) => role === 'metadata')?.value;
  const rest = cells.filter(({ role, value }) => role === 'other' && value !== '' && value !== null);
  const kept = given ?? (key === null || rest.length === 0 ? null : pairs(rest));
  if (kept === null || kept === '') return null;
  const json = JSON.stringify(kept);
  if (typeof kept !== 'object' || Array.isArray(kept)) {
    throw new AppError('TEXT_INVALID', `the metadata is ${shown(json)}, expected an object; correct the row`);
  }
  if (json.length <= METADATA_CHARACTERS_MAX) return json;
  throw new AppError(
    'LIMIT_EXCEEDED',
    `the other columns have ${json.length} characters, expected at most ${METADATA_CHARACTERS_MAX}; leave some out`,
  );
}

function pairs(cells: readonly Cell[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(cells.map(({ name, value }) => [name, value]));
}

/** Of a stranger's text, as much as a message needs. */
function shown(text: string | undefined): string {
  const one = text ?? 'nothing';
  return one.length <= 60 ? one : `${one.slice(0, 60)}…`;
}
