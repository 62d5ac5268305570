/**
 * Lists of labels: those that come with the engine, and a person's own, from a file with one label a line.
 * Source: our own. Deviation: none.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../../model/index.ts';
import { normalText } from '../store/index.ts';
import { everydayLabels } from './everyday-labels.ts';

export interface Label {
  /** What a photo is tagged with: one line, without an article. */
  readonly tag: string;
  /** What is put into the prompts. */
  readonly phrase: string;
}

export interface LabelList {
  /** Of a built-in list; of a file its name without folder and ending. */
  readonly name: string;
  readonly labels: readonly Label[];
}

/** Names of the lists that come with the engine. */
export const builtinLists = ['everyday'] as const;

/** Ten thousand prompts in some ten templates take a small model a minute. */
export const LABELS_MAX = 10_000;
const LABEL_CHARACTERS_MAX = 200;
const FILE_BYTES_MAX = 4_194_304;

/** @param name of a built-in list, or the path of a file @throws AppError as `readLabelFile`, NOT_FOUND */
export async function openLabelList(name: string): Promise<LabelList> {
  if (name === 'everyday') {
    return { name, labels: labelsOf([...everydayLabels.values()].flat(), 'the list "everyday"') };
  }
  if (!/[/\\.]/.test(name)) {
    throw new AppError(
      'NOT_FOUND',
      `${name}: there is no list of labels of this name, expected one of ${builtinLists.join(', ')} or a file, one label a line`,
    );
  }
  return readLabelFile(name);
}

/**
 * One label a line; `tag = what the photo shows` where the tag is no description. Empty lines and those that begin with #
 * are passed over.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED, TEXT_INVALID naming the line
 */
export async function readLabelFile(file: string): Promise<LabelList> {
  const text = await readText(file);
  const lines = text.split(/\r?\n/).map((line) => (line.trimStart().startsWith('#') ? '' : line));
  const name = path.basename(file, path.extname(file));
  return { name, labels: labelsOf(lines, file) };
}

/**
 * Each tag once, in the order of the lines.
 * @param place for messages
 * @throws AppError TEXT_INVALID (no label at all, or a line that is none), LIMIT_EXCEEDED
 */
export function labelsOf(lines: readonly string[], place: string): Label[] {
  const labels = new Map<string, Label>();
  for (const [index, line] of lines.entries()) {
    const label = labelOf(line, `${place}:${index + 1}`);
    if (label !== undefined) labels.set(label.tag.toLowerCase(), label);
  }
  if (labels.size === 0) {
    throw new AppError('TEXT_INVALID', `${place}: holds no label, expected at least one, one a line`);
  }
  if (labels.size <= LABELS_MAX) return [...labels.values()];
  throw new AppError(
    'LIMIT_EXCEEDED',
    `${place}: holds ${labels.size} labels, expected at most ${LABELS_MAX}; divide the list`,
  );
}

/** Tells lists apart by what is in them. */
export function digestOf(labels: readonly Label[]): string {
  return createHash('sha256').update(JSON.stringify(labels)).digest('hex');
}

function labelOf(line: string, place: string): Label | undefined {
  const [left = '', ...rest] = line.split('=');
  const phrase = checked(rest.length === 0 ? left : rest.join('='), place);
  const tag = checked(rest.length === 0 ? left.replace(/^\s*(?:an?|the)\s+/i, '') : left, place);
  if (phrase === undefined && tag === undefined) return undefined;
  if (phrase !== undefined && tag !== undefined) return { tag, phrase };
  throw new AppError(
    'TEXT_INVALID',
    `${place}: "${line.slice(0, 60)}" has nothing on one side of "=", expected "tag = what the photo shows"`,
  );
}

function checked(raw: string, place: string): string | undefined {
  const normal = normalText(raw);
  if ('text' in normal && normal.text.length <= LABEL_CHARACTERS_MAX) return normal.text;
  if ('refused' in normal && normal.refused === 'empty') return undefined;
  throw new AppError(
    'TEXT_INVALID',
    `${place}: is no label, expected a text of at most ${LABEL_CHARACTERS_MAX} characters in UTF-8`,
  );
}

async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size <= FILE_BYTES_MAX) return (await handle.readFile('utf8')).replace(/^\uFEFF/, '');
      throw new AppError('LIMIT_EXCEEDED', `${file}: has ${size} bytes, expected at most ${FILE_BYTES_MAX}`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new AppError(
      isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `${file}: ${messageOf(error)}, expected a list of labels, one a line`,
      { cause: error },
    );
  }
}
