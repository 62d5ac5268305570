/**
 * A query as a person could have typed it: the one form that `parseQuery` takes apart into the same again.
 * Source: our own. Deviation: none.
 */
import { readTokens } from './read-tokens.ts';
import type { TypedFilter, TypedPart, TypedQuery } from './typed-query.ts';
import { writeTypedFilter } from './typed-filters.ts';

/** The words, the parts in order, the filters in order. */
export function formatQuery({ words, parts, filters }: TypedQuery): string {
  const groups = filters.map((group) => group.map((one) => formatFilter(one)).join(' or '));
  return [words, ...parts.map((part) => formatPart(part)), ...groups].filter((text) => text !== '').join(' ');
}

function formatPart({ text, file, weight, isNegative }: TypedPart): string {
  const value = text ?? file ?? '';
  // Words with a sign that end like a picture would be one.
  if (text !== undefined && weight === 1 && !isNegative) return quoted(text);
  const head = `${isNegative ? '-' : weight === 1 ? '+' : ''}${weight === 1 ? '' : `${weight}:`}`;
  const [token, ...more] = readTokens(head + value).tokens;
  const isBare =
    more.length === 0 &&
    token?.value === value &&
    !token.isQuoted &&
    token.field === undefined &&
    // Behind a weight it could be taken for a filter that has one.
    (weight === 1 || !value.includes(':')) &&
    token.weight === (weight === 1 ? undefined : weight);
  return head + (isBare ? value : quoted(value));
}

function formatFilter({ isNegative, filter }: TypedFilter): string {
  const [name, value] = writeTypedFilter(filter);
  const head = `${isNegative ? '-' : ''}${name}:`;
  const [token, ...more] = readTokens(head + value).tokens;
  const isBare = more.length === 0 && token?.field === name && token.value === value && !token.isQuoted;
  return head + (isBare ? value : quoted(value));
}

function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}
