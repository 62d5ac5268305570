/**
 * Filters that were chosen from counts: one chip each, short in the address.
 * Source: our own. Deviation: none.
 *
 * The server says which filter keeps the photos of a value. Where that is what the value alone would give, the address has
 * the value alone (`year:2025`); otherwise the filter stands beside it, and the name that people have for the value.
 */
import { facetNames, type FacetName, type FacetValueDocument } from './facet-names.ts';

export type Filter = FacetValueDocument['filter'];

export interface FilterChip {
  readonly name: FacetName;
  readonly value: string;
  readonly filter: Filter;
  /** For people, where it is not the value: a town for its coordinates. */
  readonly label?: string | undefined;
}

/** Stands between value, filter and label; no value has it. */
const SEPARATOR = '\u001F';

const usual: Readonly<Partial<Record<FacetName, (value: string) => Filter>>> = {
  year: (value) => ({ taken: { from: value, until: value } }),
  month: (value) => ({ taken: { from: value, until: value } }),
  folder: (value) => ({ folder: value }),
  camera: (value) => ({ camera: value }),
  lens: (value) => ({ lens: value }),
  orientation: (value) => ({ orientation: value as 'landscape' }),
  format: (value) => ({ format: value }),
  keyword: (value) => ({ keyword: value }),
};

/** @returns undefined for what is no chip */
export function chipOf(text: string): FilterChip | undefined {
  const colon = text.indexOf(':');
  const name = facetNames.find((one) => one === text.slice(0, colon));
  const [value = '', json, label = value] = text.slice(colon + 1).split(SEPARATOR, 3);
  if (name === undefined || value === '') return undefined;
  const filter = json === undefined ? usual[name]?.(value) : parsed(json);
  return filter && { name, value, filter, ...(label !== value && { label }) };
}

export function textOfChip({ name, value, filter, label = value }: FilterChip): string {
  const json = JSON.stringify(filter);
  const isUsual = JSON.stringify(usual[name]?.(value)) === json;
  if (isUsual) return `${name}:${value}`;
  return [`${name}:${value}`, json, ...(label === value ? [] : [label])].join(SEPARATOR);
}

/** One of those with the same name, and all names; undefined for none. */
export function filterOfChips(chips: readonly FilterChip[]): Filter | undefined {
  const groups = facetNames.flatMap((name) => {
    const filters = chips.filter((chip) => chip.name === name).map(({ filter }) => filter);
    const [first] = filters;
    if (first === undefined) return [];
    return [filters.length === 1 ? first : { or: filters }];
  });
  const [first] = groups;
  return groups.length > 1 ? { and: groups } : first;
}

/** The server checks what is in it. */
function parsed(json: string): Filter | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Filter) : undefined;
  } catch {
    return undefined;
  }
}
