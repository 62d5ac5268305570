/**
 * What a check of the library finds, and its report.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../model/index.ts';
import type { JobProgress } from '../jobs/job-queue.ts';

/** In the order in which they run. */
export const checkNames = [
  'database',
  'photos',
  'vectors',
  'index',
  'texts',
  'previews',
  'originals',
] as const;
export type CheckName = (typeof checkNames)[number];

export interface Finding {
  readonly check: CheckName;
  /** `damage`: the library is not what it was; `attention`: sound, but somebody should do something */
  readonly severity: 'damage' | 'attention';
  /** A file, or what in it. */
  readonly place: string;
  readonly found: string;
  readonly remedy: string;
}

export interface CheckResult {
  readonly name: CheckName;
  /** Things that were looked at. */
  readonly checked: number;
  /** Of how many there are. */
  readonly total: number;
  /** Also those that are not listed. */
  readonly findings: number;
}

export interface IntegrityReport {
  /** No damage was found. */
  readonly ok: boolean;
  /** Everything was looked at, not samples. */
  readonly full: boolean;
  readonly checks: readonly CheckResult[];
  /** The first of each check. */
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

export interface IntegrityOptions {
  /** Default false: large things are checked by samples, in seconds. */
  readonly full?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: JobProgress) => void) | undefined;
}

/** More of one kind are counted. */
const FINDINGS_LISTED = 20;

/** Takes what one check finds. */
export class Findings {
  readonly name: CheckName;
  readonly listed: Finding[] = [];
  checked = 0;
  total = 0;
  count = 0;

  constructor(name: CheckName) {
    this.name = name;
  }

  damage(place: string, found: string, remedy: string): void {
    this.#add({ check: this.name, severity: 'damage', place, found, remedy });
  }

  attention(place: string, found: string, remedy: string): void {
    this.#add({ check: this.name, severity: 'attention', place, found, remedy });
  }

  result(): CheckResult {
    const { name, checked, total, count } = this;
    return { name, checked, total, findings: count };
  }

  #add(finding: Finding): void {
    this.count += 1;
    if (this.listed.length < FINDINGS_LISTED) this.listed.push(finding);
  }
}

export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('ABORTED', 'the check was stopped');
}
