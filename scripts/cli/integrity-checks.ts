/**
 * The integrity check of the library as lines of `imglish doctor`.
 * Source: our own. Deviation: none.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  checkIntegrity,
  Library,
  type Finding,
  type IntegrityReport,
  type JobProgress,
  type Settings,
} from '../../indexer/index.ts';
import { isAppError, messageOf } from '../../model/index.ts';
import { using } from './context.ts';
import type { Check } from './doctor-command.ts';
import { formatNumber, interruptible, note } from './terminal.ts';

export interface LibraryCheck {
  /** null where the library could not even be opened, or there is none. */
  readonly report: IntegrityReport | null;
  readonly checks: readonly Check[];
}

/** Looks into the library without changing anything. */
export async function checkWholeLibrary(
  { dataFolder }: Settings,
  options: { readonly full: boolean; readonly onProgress: (progress: JobProgress) => void },
): Promise<LibraryCheck> {
  if (!existsSync(path.join(dataFolder, 'library.sqlite'))) return { report: null, checks: [] };
  try {
    const report = await interruptible(async (signal) => {
      const library = await Library.open({ dataFolder, mode: 'read', onNotice: note });
      return using([library], () => checkIntegrity(library, { ...options, signal }));
    });
    return { report, checks: report.checks.flatMap((check) => linesOf(check, report.findings)) };
  } catch (error) {
    if (!isAppError(error) || error.code === 'ABORTED') throw error;
    const remedy = 'restore a backup with "imglish restore"; the photos are untouched';
    return {
      report: null,
      checks: [{ name: 'Integrity', state: 'failed', found: messageOf(error), remedy }],
    };
  }
}

function linesOf(
  { name, checked, total, findings: count }: IntegrityReport['checks'][number],
  findings: readonly Finding[],
): Check[] {
  const own = findings.filter(({ check }) => check === name);
  const title = `Check ${name}`;
  const scope =
    checked === total ? formatNumber(total) : `${formatNumber(checked)} of ${formatNumber(total)}`;
  if (own.length === 0) return [{ name: title, state: 'ok', found: `${scope} sound`, remedy: '' }];
  const lines = own.map(({ severity, place, found, remedy }): Check => ({
    name: title,
    state: severity === 'damage' ? 'failed' : 'warning',
    found: `${place}: ${found}`,
    remedy,
  }));
  if (count === own.length) return lines;
  const more = `and ${formatNumber(count - own.length)} more`;
  return [...lines, { name: title, state: 'warning', found: more, remedy: '' }];
}
