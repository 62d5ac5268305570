/**
 * Patterns of paths, such as `*.jpg`, `Photos/2023/**` or `Photos/**` with `rome*.{jpg,png}` behind a slash.
 * Source: POSIX glob(7), with `**` and braces as bash and picomatch have them. Deviation: no extended patterns such as
 * `+(a|b)`; names that begin with a dot are names like others; in any case of letters.
 *
 * A pattern comes from whoever may search, so its cost has a bound. Rejected: picomatch, which excludes files in a scan. It
 * makes a regular expression, and several `*` in one name go back over it as often as they can be divided up; with nested
 * extended patterns the time is exponential. Rejected: SQLite's GLOB on the whole path. Its `*` does not stop at slashes,
 * and it knows no `**`. So the folders, of which there are few, are matched here in time linear in path times pattern, and
 * GLOB, which goes back to the last `*` only, sees the name alone. On what all understand, a test compares with picomatch.
 */
import { globSql, matchesSegment, parseSegment, type Token } from './glob-segment.ts';

/** One of the patterns that braces stand for. */
export interface PathPattern {
  /** Whether the folders from the root's name on fit; undefined where every folder does. */
  readonly folders: ((segments: readonly string[]) => boolean) | undefined;
  /** One of which has to fit; undefined where every name does. */
  readonly names: readonly NamePattern[] | undefined;
}

export interface NamePattern {
  /** For GLOB on the name. */
  readonly glob: string;
  /** Whether GLOB on the whole path with a `*` before says the same: then the name need not be cut out. */
  readonly isEnding: boolean;
}

const GLOB_CHARACTERS_MAX = 300;
/** What braces may be written out to. */
const ALTERNATIVES_MAX = 16;

/** `**`: any number of folders, none too. */
const ANY_FOLDERS = Symbol('any folders');
type Step = typeof ANY_FOLDERS | readonly Token[];

/** What is wrong with a pattern; undefined for a good one. */
export function globProblem(glob: string): string | undefined {
  if (glob.length > GLOB_CHARACTERS_MAX) return `expected at most ${GLOB_CHARACTERS_MAX} characters`;
  if (glob.startsWith('!')) return 'begins with "!", expected a pattern; put it in {"not": …}';
  if (/^[./]*$/.test(glob)) return 'names nothing, expected a pattern such as *.jpg or Photos/2023/**';
  if (alternativesOf(glob).length > ALTERNATIVES_MAX) {
    return `its braces stand for more than ${ALTERNATIVES_MAX} patterns, expected fewer; join several by "or"`;
  }
  return undefined;
}

/** @param glob without a problem */
export function parsePathGlob(glob: string): PathPattern[] {
  return alternativesOf(glob.normalize('NFC')).map((alternative) => parseAlternative(alternative));
}

function parseAlternative(pattern: string): PathPattern {
  const segments = pattern.replace(/^(?:\.?\/)+/, '').split('/');
  const last = segments.pop() ?? '';
  // `Photos/` and `Photos/**` are everything in it.
  const isAll = last === '' || last === '**';
  const names = isAll || last === '*' ? undefined : namesOf(last);
  const steps = segments
    .filter((segment) => segment !== '' && segment !== '.')
    .map((segment): Step => (segment === '**' ? ANY_FOLDERS : parseSegment(segment)));
  if (isAll) steps.push(ANY_FOLDERS);
  const isAnywhere =
    steps.length === 0 ? !pattern.includes('/') : steps.every((step) => step === ANY_FOLDERS);
  return { names, folders: isAnywhere ? undefined : folderMatcher(steps) };
}

/** Systems keep names in either form of Unicode. */
function namesOf(pattern: string): NamePattern[] {
  const forms = new Set([pattern, pattern.normalize('NFD')]);
  return [...forms].map((form) => {
    const tokens = parseSegment(form);
    // The one `*` takes the folders too, and no character of the rest is a slash.
    const isEnding = tokens.every(({ kind }, index) => kind === (index === 0 ? 'any' : 'character'));
    return { glob: globSql(tokens), isEnding };
  });
}

/** As for the characters of a name: only the last `**` is ever gone back to. */
function folderMatcher(steps: readonly Step[]): (segments: readonly string[]) => boolean {
  return (segments) => {
    let step = 0;
    let anyStep = -1;
    let anyAt = 0;
    for (let at = 0; at < segments.length;) {
      const current = steps[step];
      if (current === ANY_FOLDERS) {
        anyStep = step;
        anyAt = at;
        step += 1;
      } else if (current !== undefined && matchesSegment(current, (segments[at] ?? '').normalize('NFC'))) {
        step += 1;
        at += 1;
      } else if (anyStep >= 0) {
        anyAt += 1;
        at = anyAt;
        step = anyStep + 1;
      } else {
        return false;
      }
    }
    return steps.slice(step).every((one) => one === ANY_FOLDERS);
  };
}

/** The patterns that braces stand for, in order, one more than allowed at most. Braces without a comma are plain. */
function alternativesOf(glob: string): string[] {
  const done: string[] = [];
  const open = [glob];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const braces = firstBraces(next);
    if (braces === undefined) {
      done.push(next);
    } else {
      const { start, end, parts } = braces;
      const [before, after] = [next.slice(0, start), next.slice(end)];
      open.push(...parts.map((part) => before + part + after).toReversed());
    }
    if (done.length + open.length > ALTERNATIVES_MAX) return [...done, ...open];
  }
  return done;
}

interface Braces {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly string[];
}

function firstBraces(glob: string): Braces | undefined {
  for (let start = 0; start < glob.length; start += 1) {
    if (glob[start] === '\\') start += 1;
    else if (glob[start] === '{') {
      const braces = bracesAt(glob, start);
      if (braces !== undefined && braces.parts.length > 1) return braces;
    }
  }
  return undefined;
}

function bracesAt(glob: string, start: number): Braces | undefined {
  const commas = [start];
  let depth = 0;
  for (let at = start; at < glob.length; at += 1) {
    const character = glob[at];
    if (character === '\\') at += 1;
    else if (character === '{') depth += 1;
    else if (character === ',' && depth === 1) commas.push(at);
    else if (character === '}') {
      depth -= 1;
      if (depth > 0) continue;
      const ends = [...commas.slice(1), at];
      return { start, end: at + 1, parts: commas.map((from, index) => glob.slice(from + 1, ends[index])) };
    }
  }
  return undefined;
}
