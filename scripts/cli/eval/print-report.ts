/**
 * One report in the form that was asked for.
 * Source: our own. Deviation: none.
 */
import { markdownTable, terminalTable, type ReportTable } from '../../evaluate/index.ts';
import { printable, printJson, printLine } from '../terminal.ts';
import type { EvalFlags } from './flags.ts';

export interface Printed {
  /** what was evaluated */
  readonly about: Readonly<Record<string, unknown>>;
  readonly report: object;
  readonly tables: readonly ReportTable[];
  readonly title: string;
}

export function printReport(
  { json, markdown }: Pick<EvalFlags, 'json' | 'markdown'>,
  { about, report, tables, title }: Printed,
): void {
  if (json === true) {
    printJson({ ...about, ...report });
    return;
  }
  printLine(`${markdown === true ? '## ' : ''}${printable(title)}`);
  for (const table of tables) {
    printLine();
    printLine(markdown === true ? markdownTable(table).trimEnd() : terminalTable(table));
  }
}
