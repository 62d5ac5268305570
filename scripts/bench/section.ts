/**
 * What a section of the benchmark is given and what it gives back.
 * Source: our own. Deviation: none.
 */

export interface BenchContext {
  /** An empty folder of this section, deleted when it ends. */
  readonly workFolder: string;
  /** Folder of photos that somebody asked for; undefined: the section looks for some itself. */
  readonly photosFolder: string | undefined;
  /** Shorter runs with figures that are less certain. */
  readonly quick: boolean;
  /** The largest sizes too, which take half an hour each. */
  readonly full?: boolean;
  /** One line of what is going on. */
  readonly note: (line: string) => void;
}

export interface BenchTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface SectionResult {
  readonly tables: readonly BenchTable[];
  /** What the figures are of, and what was left out and why. */
  readonly remarks: readonly string[];
  /** The same figures by name, for programs. */
  readonly values: Readonly<Record<string, number>>;
}

export interface BenchSection {
  readonly name: string;
  readonly title: string;
  readonly run: (context: BenchContext) => Promise<SectionResult>;
}

/** Collects a section's result while it is measured. */
export class ResultBuilder {
  readonly #tables: BenchTable[] = [];
  readonly #remarks: string[] = [];
  readonly #values: Record<string, number> = {};

  table(title: string, columns: readonly string[], rows: BenchTable['rows']): void {
    this.#tables.push({ title, columns, rows });
  }
  remark(line: string): void {
    this.#remarks.push(line);
  }
  value(name: string, value: number): number {
    this.#values[name] = value;
    return value;
  }
  result(): SectionResult {
    return { tables: this.#tables, remarks: this.#remarks, values: this.#values };
  }
}

/** Three significant digits, which is more than a benchmark repeats. */
export function figure(value: number, unit = ''): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 1e-9))));
  return `${value.toFixed(Math.min(digits, 5))}${unit === '' ? '' : ` ${unit}`}`;
}
