/**
 * What a job came to, in words.
 * Source: the reports of the indexer, which a job keeps as its result. Deviation: none.
 */
import type { JobDocument, SkipDocument } from '../../schema/index.ts';
import { formatBytes, formatCount, formatNumber, formatSeconds } from '../parts/format.ts';

type Result = NonNullable<JobDocument['result']>;

/** Told where the number is above zero. */
type Part = readonly [number: number, words: string];

/** Less would be shown as nothing. */
const SHOWN_SECONDS_MIN = 0.05;

/** Best first; what is zero is left out, unless all is. */
export function resultWords({ kind, result }: JobDocument): readonly string[] {
  if (result === null) return [];
  const told = parts[kind](result)
    .filter(([number]) => number > 0)
    .map(([, words]) => words);
  const all = told.length > 0 ? told : [kind === 'compact' ? 'It is as small as it gets' : 'Nothing was new'];
  const seconds = numberOf(result, 'seconds');
  return seconds >= SHOWN_SECONDS_MIN ? [...all, formatSeconds(seconds)] : all;
}

/** What a check of the library complains of. */
export function findingsOf({ kind, result }: JobDocument): readonly SkipDocument[] {
  const findings: unknown = kind === 'verify' ? result?.['findings'] : undefined;
  if (!Array.isArray(findings)) return [];
  return (findings as readonly Result[]).map(({ place, check, found, remedy }) => ({
    place: String(place),
    code: String(check),
    message: `${String(found)}; ${String(remedy)}`,
  }));
}

const parts: Readonly<Record<JobDocument['kind'], (result: Result) => readonly Part[]>> = {
  index: (result) => [
    part(result, 'added', 'new'),
    part(result, 'updated', 'changed'),
    part(result, 'moved', 'moved'),
    part(result, 'removed', 'removed'),
    part(result, 'unchanged', 'as before'),
  ],
  'embed-missing': embedded,
  're-embed': embedded,
  'import-texts': (result) => [
    part(result, 'added', 'new'),
    part(result, 'updated', 'changed'),
    part(result, 'removed', 'removed'),
  ],
  'find-duplicates': (result) => [
    counted(result, 'compared', 'photo', 'compared'),
    counted(result, 'groups', 'group'),
    counted(result, 'pairs', 'pair'),
  ],
  tag: (result) => [
    [
      numberOf(result, 'tagged'),
      `${formatNumber(numberOf(result, 'tagged'))} of ${formatCount(numberOf(result, 'photos'), 'photo')} tagged`,
    ],
    counted(result, 'tags', 'tag'),
  ],
  verify: (result) => [[1, result['ok'] === true ? 'Everything is whole' : 'Damage was found']],
  compact: (result) => {
    const freed = numberOf(result, 'bytesBefore') - numberOf(result, 'bytesAfter');
    return [
      [freed, `${formatBytes(Math.max(0, freed))} given back`],
      [result['rewritten'] === false ? 1 : 0, `not written anew: ${String(result['reason'])}`],
    ];
  },
};

function embedded(result: Result): readonly Part[] {
  return [counted(result, 'embedded', 'photo', 'read'), counted(result, 'embeddedTexts', 'text', 'read')];
}

/** `12 new` */
function part(result: Result, name: string, words: string): Part {
  const number = numberOf(result, name);
  return [number, `${formatNumber(number)} ${words}`];
}

/** `12 photos compared` */
function counted(result: Result, name: string, noun: string, words = ''): Part {
  const number = numberOf(result, name);
  return [number, `${formatCount(number, noun)} ${words}`.trim()];
}

function numberOf(result: Result, name: string): number {
  const value = result[name];
  return typeof value === 'number' ? value : 0;
}
