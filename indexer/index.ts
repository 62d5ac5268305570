/**
 * Everything on disk: settings, the library, indexing, previews.
 * Source: our own. Deviation: none.
 */
export {
  backupLibrary,
  restoreLibrary,
  type BackupOptions,
  type BackupReport,
  type RestoreOptions,
  type RestoreReport,
} from './backup/index.ts';
export {
  cosine,
  duplicateGroups,
  duplicateKinds,
  duplicateTotals,
  findNearDuplicates,
  knownShapes,
  lookAlike,
  nearState,
  nearThresholdDefault,
  type DuplicateCursor,
  type DuplicateGroup,
  type DuplicateKind,
  type DuplicatePage,
  type DuplicatePhoto,
  type DuplicateTotals,
  type FindNearDuplicatesOptions,
  type NearDuplicatesReport,
  type NearState,
  type PictureShape,
} from './duplicates/index.ts';
export {
  embedMissing,
  reEmbed,
  type EmbedMissingOptions,
  type EmbedMissingReport,
  type ReEmbedReport,
} from './pipeline/embed-missing.ts';
export {
  exportFormats,
  exportLibrary,
  type ExportFormat,
  type ExportOptions,
  type ExportReport,
  type VectorForm,
} from './export/index.ts';
export { skipsListedMax, type IndexReport, type SkippedFile } from './pipeline/index-report.ts';
export {
  checkIntegrity,
  compactLibrary,
  type CheckName,
  type CheckResult,
  type CompactReport,
  type Finding,
  type IntegrityOptions,
  type IntegrityReport,
} from './integrity/index.ts';
export {
  facetNames,
  type Facet,
  type FacetName,
  type Facets,
  type FacetsRequest,
  type FacetValue,
  type ListPage,
  type ListRequest,
  type TextPage,
  type TextRequest,
} from './inquiry/index.ts';
export {
  Library,
  otherModel,
  type Activation,
  type LibraryOptions,
  type LibraryStats,
  type ModelIdentity,
} from './library/library.ts';
export { DiskUse, type DiskUsage } from './library/disk-use.ts';
export type { Searchable } from './library/library-index.ts';
export { listGenerations, type GenerationSummary } from './library/list-generations.ts';
export {
  explainMissing,
  type MissingCause,
  type MissingPhotos,
  type MissingReason,
} from './pipeline/missing-photos.ts';
export { removeGeneration, type RemoveGenerationOptions } from './library/remove-generation.ts';
export {
  checkJobParameters,
  createJobHandler,
  duplicatesParameters,
  embedParameters,
  existing,
  indexParameters,
  jobKinds,
  jobParameters,
  jobStates,
  modelParameter,
  openJobQueue,
  type JobContext,
  type JobErrorCode,
  type JobHandler,
  type JobHost,
  type JobKind,
  type JobParameters,
  type JobProgress,
  type JobQueue,
  type JobQueueOptions,
  type JobRecord,
  type JobSettings,
  type JobSkip,
  type JobState,
  type JobWorker,
} from './jobs/index.ts';
export {
  parsePathRule,
  startWorker,
  type PathRule,
  type WorkerOptions,
  type WorkerProgress,
} from './jobs/remote/index.ts';
export { LocalEncoder } from './pipeline/local-encoder.ts';
export type { EncodedPhoto, WorkItem, WorkShare } from './pipeline/photo-encoder.ts';
export { looksLikePicture } from './scan/scan.ts';
export { indexPhotos, type IndexOptions } from './pipeline/pipeline.ts';
export type { IndexProgress } from './pipeline/progress.ts';
export { readApiKeys, type ApiKey, type ApiScope } from './api-keys.ts';
export {
  readSettings,
  settingDefinitions,
  type SettingDefinition,
  type SettingName,
  type Settings,
} from './settings.ts';
export {
  type Completeness,
  type Generation,
  type HeldGeneration,
  type Holdings,
  type ImageRecord,
  type ListPlace,
  type SkipRecord,
  type Store,
} from './store/index.ts';
export {
  ageProblem,
  atMoment,
  checkPhotoFilter,
  filterFields,
  FILTERS_JOINED_MAX,
  folded,
  globProblem,
  havables,
  orientations,
  periodProblem,
  photoFilterFields,
  photoFilterSchema,
  type FilterField,
  type FilterValues,
  type NumberRange,
  type PhotoFilter,
} from './store/index.ts';
export { textKinds, type TextKind } from './store/index.ts';
export { partedWords, wordColumns, type WordColumn } from './store/index.ts';
export {
  addTexts,
  builtinLists,
  checkTemplates,
  digestOf,
  embedMissingTexts,
  importTexts,
  labelsOf,
  labelVectors,
  openLabelList,
  promptTemplates,
  removeText,
  removeTexts,
  softmax,
  TAGS_PER_PHOTO_DEFAULT,
  TAGS_PER_PHOTO_MAX,
  tagPhotos,
  type EmbedTextsReport,
  type GivenText,
  type GivenTextsReport,
  type ImportTextsOptions,
  type Label,
  type LabelList,
  type PairToVerify,
  type PairVerifier,
  type TagPhotosOptions,
  type TagReport,
  type TextImportReport,
} from './texts/index.ts';
export { thumbnailOf, type ThumbnailSize } from './photos/thumbnail.ts';
export {
  chooseHnswBuild,
  ExactIndex,
  hnswDefaults,
  HnswIndex,
  NEIGHBOURS_MAX,
  type HnswBuild,
  type VectorEntry,
  type VectorHit,
  type VectorIndex,
} from './vectors/index.ts';
export {
  watchRoots,
  type WatchBatch,
  type Watcher,
  type WatchOptions,
  type WatchStatus,
} from './watch/index.ts';
