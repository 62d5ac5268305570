/**
 * Tables as text: Markdown that also reads well in a terminal.
 * Source: our own. Deviation: none.
 */
import type { BenchTable } from './section.ts';

/** Columns are as wide as their widest cell; numbers stand to the right. */
export function renderTable({ title, columns, rows }: BenchTable): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => String(cell)));
  const widths = columns.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => pad(row[column] ?? '', width, column)).join(' | ')} |`;
  const ruler = `|${widths.map((width, column) => `${'-'.repeat(width + 1)}${column === 0 ? '-' : ':'}`).join('|')}|`;
  const [head = [], ...body] = cells;
  return [title, '', line(head), ruler, ...body.map(line)].join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
