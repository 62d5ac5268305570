/**
 * Cuts what was typed at its spaces, but for those between quotation marks.
 * Source: our own. Deviation: none.
 */
import { isTypedField } from './typed-filters.ts';

export interface Token {
  /** `-` and `+` before it; '' for none. */
  readonly sign: '' | '-' | '+';
  /** Of `2:cat`; undefined for none. */
  readonly weight: number | undefined;
  /** Of `taken:2023`, as typed and possibly unknown; undefined for none. */
  readonly field: string | undefined;
  /** What is left, without quotation marks. */
  readonly value: string;
  readonly isQuoted: boolean;
  /** All of it as typed. */
  readonly raw: string;
}

export interface Tokens {
  readonly tokens: readonly Token[];
  /** A quotation mark had no second one; the rest was taken as its phrase. */
  readonly isUnclosed: boolean;
}

/** Telephones turn straight quotation marks into these. */
const OPENING = '"“„”';
const CLOSING: Readonly<Record<string, string>> = { '"': '"', '“': '”"', '„': '“”"', '”': '”"' };

/** A number, then a letter or a phrase: `12:30` and `3:4` are none. */
const WEIGHT = /^(\d{1,6}(?:\.\d{1,6})?):(?=[\p{L}"“„”])/u;
/** Two letters at least: `C:` is a drive. */
const FIELD = /^([\p{L}][\p{L}_-]{1,30}):(?=\S)/u;
/** What a value of an unknown field begins with: `http://…`, a smiley and the end of a sentence do not. */
const VALUE = /^(?:[\p{L}\p{N}"“„<>=*~[{]|[-+.]+\p{N}|\/(?!\/))/u;
/** Nobody types a longer beginning; the patterns need not look further. */
const HEAD_CHARACTERS = 64;

/** @param text one line, as `plainText` leaves it */
export function readTokens(text: string): Tokens {
  const tokens: Token[] = [];
  let isUnclosed = false;
  for (let at = 0; at < text.length;) {
    if (text[at] === ' ') {
      at += 1;
      continue;
    }
    const start = at;
    const sign = signAt(text, at);
    at += sign.length;
    const weight = WEIGHT.exec(text.slice(at, at + HEAD_CHARACTERS));
    at += weight?.[0].length ?? 0;
    const field = weight === null ? fieldAt(text.slice(at, at + HEAD_CHARACTERS)) : undefined;
    at += field === undefined ? 0 : field.length + 1;
    const isQuoted = OPENING.includes(text[at] ?? ' ');
    const rest = isQuoted ? phraseAt(text, at) : wordAt(text, at);
    at = rest.end;
    isUnclosed ||= rest.isUnclosed;
    tokens.push({
      sign,
      weight: weight === null ? undefined : Number(weight[1]),
      field,
      value: rest.value,
      isQuoted,
      raw: text.slice(start, at),
    });
  }
  return { tokens, isUnclosed };
}

function fieldAt(head: string): string | undefined {
  const name = FIELD.exec(head)?.[1];
  if (name === undefined) return undefined;
  return isTypedField(name.toLowerCase()) || VALUE.test(head.slice(name.length + 1)) ? name : undefined;
}

/** A sign stands right before what it belongs to: neither a dash between words nor `--` is one. */
function signAt(text: string, at: number): '' | '-' | '+' {
  const sign = text[at];
  if (sign !== '-' && sign !== '+') return '';
  return /[\s+-]/.test(text[at + 1] ?? ' ') ? '' : sign;
}

interface Rest {
  readonly value: string;
  readonly end: number;
  readonly isUnclosed: boolean;
}

function wordAt(text: string, at: number): Rest {
  const space = text.indexOf(' ', at);
  const end = space < 0 ? text.length : space;
  return { value: text.slice(at, end), end, isUnclosed: false };
}

/** `\"` is a quotation mark in it, `\\` a backslash. */
function phraseAt(text: string, open: number): Rest {
  const closing = CLOSING[text[open] ?? ''] ?? '';
  const parts: string[] = [];
  for (let at = open + 1; at < text.length; at += 1) {
    const character = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (character === '\\' && (next === '"' || next === '\\')) {
      parts.push(next);
      at += 1;
    } else if (closing.includes(character)) {
      return { value: parts.join('').trim(), end: at + 1, isUnclosed: false };
    } else {
      parts.push(character);
    }
  }
  return { value: parts.join('').trim(), end: text.length, isUnclosed: true };
}
