/**
 * Everything on disk: settings, the library, indexing, previews.
 * Source: our own. Deviation: none.
 */
export type { IndexReport, SkippedFile } from './index-report.ts';
export { Library, type LibraryOptions, type LibraryStats, type ModelIdentity } from './library.ts';
export { indexPhotos, type IndexOptions } from './pipeline.ts';
export type { IndexProgress } from './progress.ts';
export {
  readSettings,
  settingDefinitions,
  type SettingDefinition,
  type SettingName,
  type Settings,
} from './settings.ts';
export type { Generation, ImageRecord, SkipRecord, Store } from './store/index.ts';
export { thumbnailOf, type ThumbnailSize } from './thumbnail.ts';
export {
  ExactIndex,
  HnswIndex,
  type VectorEntry,
  type VectorHit,
  type VectorIndex,
} from './vectors/index.ts';
