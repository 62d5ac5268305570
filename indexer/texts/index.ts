/**
 * Texts from files into the library, and their vectors.
 * Source: our own. Deviation: none.
 */
export { embedMissingTexts } from './embed-texts.ts';
export { importTexts, removeTexts } from './import-texts.ts';
export type { EmbedTextsReport, ImportTextsOptions, TextImportReport } from './text-report.ts';
