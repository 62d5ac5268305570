/**
 * Jobs in words.
 * Source: our own. Deviation: none.
 */
import type { JobAction, JobDocument, NewJobDocument } from '../../schema/index.ts';
import { isWholePath } from './folder-lines.ts';
import { formatDuration, formatNumber, formatRate } from '../parts/format.ts';

type Progress = NonNullable<JobDocument['progress']>;
export type StartableKind = NewJobDocument['kind'];

/** What can be begun from the page, in the order in which it is offered. */
export const startableKinds: readonly {
  readonly kind: StartableKind;
  readonly name: string;
  readonly about: string;
}[] = [
  { kind: 'index', name: 'Index photos', about: 'Read new and changed photos of folders into the library.' },
  {
    kind: 'embed-missing',
    name: 'Complete the library',
    about: 'Read what has no vector of the current model yet, photos and texts.',
  },
  {
    kind: 'find-duplicates',
    name: 'Find look-alikes',
    about: 'Compare what is new, and group versions of one photo.',
  },
  {
    kind: 'tag',
    name: 'Tag photos',
    about: 'Give photos the tags that fit them, of everyday words or of your own.',
  },
  {
    kind: 'verify',
    name: 'Check the library',
    about: 'Compare database, vectors, index and files with each other.',
  },
  {
    kind: 'compact',
    name: 'Make the library smaller',
    about: 'Give back the space of photos that are gone.',
  },
];

const states: Readonly<Record<JobDocument['state'], string>> = {
  waiting: 'Waiting',
  running: 'Running',
  paused: 'Paused',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const phases: Readonly<Record<string, string>> = {
  scanning: 'Looking for photos',
  embedding: 'Reading photos',
  'embedding texts': 'Reading texts',
  comparing: 'Comparing photos',
  grouping: 'Making groups',
  tagging: 'Tagging photos',
};

export function stateWords({ state, notBefore }: JobDocument): string {
  return state === 'waiting' && notBefore !== null ? 'Trying again later' : states[state];
}

export function phaseWords(phase: string): string {
  return phases[phase] ?? phase.charAt(0).toUpperCase() + phase.slice(1);
}

/** 0 to 1; null where the end is not known. */
export function shareOf({ done, total }: Progress): number | null {
  if (total === null) return null;
  return total === 0 ? 1 : Math.min(1, done / total);
}

/** `1,234 of 8,091 · 21.5 a second · about 5 minutes left` */
export function progressWords({ done, total, itemsPerSecond, etaSeconds }: Progress): string {
  return [
    total === null ? formatNumber(done) : `${formatNumber(done)} of ${formatNumber(total)}`,
    itemsPerSecond > 0 ? `${formatRate(itemsPerSecond)} a second` : '',
    etaSeconds === null ? '' : `${formatDuration(etaSeconds)} left`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

const actions: Readonly<Record<JobDocument['state'], readonly JobAction[]>> = {
  waiting: ['pause', 'cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  failed: ['retry'],
  cancelled: ['retry'],
  done: [],
};

/** What can be done with a job now. */
export function actionsOf({ state }: JobDocument): readonly JobAction[] {
  return actions[state];
}

/**
 * What tries once more what an indexing left out; null for other jobs. Files that did not change since, and were not readable
 * then, are left out again without being read.
 */
export function againOf({ kind, state, skipped, parameters }: JobDocument): NewJobDocument | null {
  if (kind !== 'index' || state !== 'done' || skipped === 0) return null;
  const roots: unknown = parameters['roots'];
  const folders = Array.isArray(roots) ? roots.filter((root) => typeof root === 'string') : [];
  // Where paths are not told, only names are: all that was indexed before is looked at.
  return { kind, folders: folders.every(isWholePath) ? folders : [] };
}
