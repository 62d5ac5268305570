/**
 * Reports as tables, for a terminal and in Markdown.
 * Source: GitHub Flavored Markdown, "Tables". Deviation: none.
 */
import Table from 'cli-table3';

export interface ReportTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** a sentence below it */
  readonly remark?: string;
}

/** Control characters in the cells must have been made visible before. */
export function terminalTable({ title, head, rows, remark }: ReportTable): string {
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  table.push(...rows.map((row) => [...row]));
  return [title, table.toString(), ...(remark === undefined ? [] : [remark])].join('\n');
}

export function markdownTable({ title, head, rows, remark }: ReportTable): string {
  const ruler = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [
    `### ${title}`,
    '',
    markdownRow(head),
    markdownRow(ruler),
    ...rows.map(markdownRow),
    '',
    ...(remark === undefined ? [] : [remark, '']),
  ].join('\n');
}

function markdownRow(cells: readonly string[]): string {
  const escaped = cells.map((cell) => cell.replaceAll(/[\\|]/g, String.raw`\$&`).replaceAll(/\s+/g, ' '));
  return `| ${escaped.join(' | ')} |`;
}
