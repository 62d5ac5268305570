/**
 * A library for other programs: JSON lines, CSV, NumPy.
 * Source: our own. Deviation: none.
 */
export {
  exportFormats,
  exportLibrary,
  type ExportFormat,
  type ExportOptions,
  type ExportReport,
} from './export-library.ts';
export type { VectorForm } from './photo-rows.ts';
