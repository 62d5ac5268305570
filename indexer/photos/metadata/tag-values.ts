/**
 * Values of tags to clean texts and numbers within their ranges; whatever does not fit is null.
 * Source: our own, over the shapes that exifreader gives. Deviation: none.
 */
import type { Tags } from './read-tags.ts';

/** Items of one list that are looked at. */
const ITEMS_MAX = 1024;

/** Control characters but the line feed, invisible marks but the joiners of scripts and emoji, halves of pairs. */
const NO_TEXT = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** A text in one line: NFC, without control characters; null where nothing is left. Cut at `charactersMax`. */
export function oneLine(value: unknown, charactersMax: number): string | null {
  const text = lines(value, charactersMax)?.replaceAll(/\s+/g, ' ').trim();
  return text === undefined || text === '' ? null : text;
}

/** The same with its line ends. */
export function lines(value: unknown, charactersMax: number): string | null {
  const text = textOf(value);
  if (text === undefined) return null;
  // Cut first: what follows costs time for every character. Never through a pair.
  const cut = text.slice(0, charactersMax).replace(/[\ud800-\udbff]$/, '');
  const clean = cut
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\t', ' ')
    .replaceAll(NO_TEXT, '')
    .normalize('NFC')
    .trim();
  return clean === '' ? null : clean;
}

/** The texts of a list, or the one text. */
export function textsOf(tag: unknown): unknown[] {
  const value = valueOf(tag);
  return Array.isArray(value) ? value.slice(0, ITEMS_MAX) : [value];
}

/** A number, or a fraction of two. */
export function numberOf(tag: unknown): number | null {
  const value = valueOf(tag);
  if (typeof value === 'number') return finite(value);
  if (typeof value === 'string') return /^-?\d+(\.\d+)?$/.test(value) ? finite(Number(value)) : null;
  if (!Array.isArray(value)) return null;
  const [above, below] = value as unknown[];
  if (value.length !== 2 || typeof above !== 'number' || typeof below !== 'number') return null;
  return finite(above / below);
}

/** @returns null outside of `min` to `max`, both included */
export function within(value: number | null, min: number, max: number): number | null {
  return value !== null && value >= min && value <= max ? value : null;
}

/** In a list of languages the default one, else the first; in any other list the first. */
export function textOf(tag: unknown): string | undefined {
  const value = valueOf(tag);
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const items = value as unknown[];
  const usual = items.slice(0, ITEMS_MAX).find((item) => languageOf(item) === 'x-default');
  const first = valueOf(usual ?? items[0]);
  return typeof first === 'string' ? first : undefined;
}

function languageOf(item: unknown): unknown {
  return isTags(item) && isTags(item['attributes']) ? item['attributes']['lang'] : undefined;
}

/** Tags wrap their value; items of lists may, too. */
function valueOf(tag: unknown): unknown {
  return isTags(tag) && 'value' in tag ? tag['value'] : tag;
}

function isTags(value: unknown): value is Tags {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
