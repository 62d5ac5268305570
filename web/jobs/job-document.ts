/**
 * A job as the HTTP interface shows it.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import type { JobKind, JobRecord, JobSkip, Library } from '../../indexer/index.ts';
import { withoutFolders } from '../place-names.ts';
import type { JobDocument, SkipDocument } from '../schema/index.ts';

/** Who asks. */
export interface JobView {
  readonly library: Library;
  /** Whether whoever asks may know where files lie on this machine. */
  readonly showsPaths: boolean;
}

/** Roots that a title names. */
const ROOTS_NAMED_MAX = 2;

export function jobDocument(job: JobRecord, view: JobView): JobDocument {
  const { progress, error, result } = job;
  return {
    id: job.id,
    kind: job.kind,
    state: job.state,
    title: titles[job.kind](job.parameters),
    parameters: shown(parametersOf(job), view),
    progress: progress && {
      phase: progress.phase,
      done: progress.done,
      total: progress.total,
      skipped: progress.skipped,
      itemsPerSecond: progress.itemsPerSecond,
      etaSeconds: progress.etaSeconds,
    },
    skipped: job.skipped,
    attempts: job.attempts,
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    notBefore: job.notBefore,
    error: error && { code: error.code, message: shown(error.message, view) },
    result: result && shown(result, view),
  };
}

export function skipDocument({ place, code, message }: JobSkip, view: JobView): SkipDocument {
  return { place: shown(place, view), code, message: shown(message, view) };
}

/** For people, without a full stop. They name folders, never where these lie. */
const titles: Readonly<Record<JobKind, (parameters: JobRecord['parameters']) => string>> = {
  index: (parameters) => indexTitle(stringsOf(parameters['roots'])),
  'embed-missing': () => 'Embed photos and texts that have no vector',
  're-embed': (parameters) => `Embed everything with ${nameOf(parameters['model']) ?? 'the model'}`,
  'import-texts': (parameters) => `Import texts from ${nameOf(parameters['source']) ?? 'a list'}`,
  'find-duplicates': () => 'Find near-duplicates',
  tag: (parameters) => `Tag photos with the list ${nameOf(parameters['list']) ?? 'everyday'}`,
  verify: (parameters) => (parameters['full'] === true ? 'Verify all of the library' : 'Verify the library'),
  compact: () => 'Give back the room of what was deleted',
};

function indexTitle(roots: readonly string[]): string {
  if (roots.length === 0) return 'Look again at the indexed folders';
  const names = roots.slice(0, ROOTS_NAMED_MAX).map((root) => path.basename(root) || root);
  const more = roots.length - names.length;
  return `Index photos in ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A thousand labels are not repeated with each step of their job. */
function parametersOf({ parameters }: JobRecord): JobRecord['parameters'] {
  const labels = parameters['labels'];
  return Array.isArray(labels) ? { ...parameters, labels: labels.length } : parameters;
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' ? path.basename(value) : undefined;
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** JSON as it is, or with every path in it cut down to what a stranger may know. */
function shown<T>(value: T, view: JobView): T {
  return view.showsPaths ? value : (hidden(value, view.library) as T);
}

function hidden(value: unknown, library: Library): unknown {
  if (typeof value === 'string') {
    const text = withoutFolders(value, library);
    return path.isAbsolute(text) ? path.basename(text) : text;
  }
  if (Array.isArray(value)) return value.map((item) => hidden(item, library));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hidden(item, library)]));
}
