/**
 * How good a model is: on captioned photos as in papers, and on one's own library.
 * Source: our own. Deviation: none.
 */
export type { CaptionedPhoto, CaptionedPhotos } from './dataset/captioned-photos.ts';
export { datasetNames, knownDatasets, type DatasetName } from './dataset/known-datasets.ts';
export { readDataset, type DatasetOptions } from './dataset/read-dataset.ts';
export { drawSample, type Sample } from './dataset/sample.ts';
export { isSplitName, splitNames, type SplitName } from './dataset/split.ts';
export { readCaptions, readList } from './dataset/text-lists.ts';
export { evaluatePhotos, type EvaluationOptions } from './evaluate-photos.ts';
export type { EvaluationReport, FoldReport, MatchReport, RerankReport } from './evaluation-report.ts';
export { evaluationTables } from './evaluation-tables.ts';
export { markdownTable, terminalTable, type ReportTable } from './report-tables.ts';
export {
  evaluateQueries,
  type Configuration,
  type LibraryEvaluationOptions,
  type LibraryReport,
} from './library/evaluate-queries.ts';
export { readQueries, type JudgedQuery, type Relevant } from './library/queries-file.ts';
export { libraryTables } from './library-tables.ts';
export { embedCaptions } from './vectors/embed-captions.ts';
export {
  embedPhotos,
  type EmbeddedPhotos,
  type EmbeddingOptions,
  type EvaluationProgress,
} from './vectors/embed-photos.ts';
export { KeptVectors } from './vectors/kept-vectors.ts';
