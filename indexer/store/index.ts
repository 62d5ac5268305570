/**
 * SQLite: photos, vectors, skips; the lock of the library.
 * Source: our own. Deviation: none.
 */
export type { CommitEntry, CommitResult, ContentFacts, PhotoEntry, ReadFacts, SkipEntry } from './commit.ts';
export { Connection, isBusy, type Query } from './connection.ts';
export {
  activateDatabase,
  copyDatabase,
  databaseProblems,
  databaseSize,
  inspectDatabase,
  retireDatabase,
  vacuumDatabase,
  type DatabaseFacts,
} from './database-file.ts';
export type { CopiedContent, CopyTotals } from './exact-duplicates.ts';
export type { FacetRow } from './facet-rows.ts';
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
  type PhotoFilters,
} from './filter/index.ts';
export type { Completeness, Generation, GenerationKey } from './generations.ts';
export type { Corpus, LogGaps, RawVector } from './health.ts';
export type { HeldGeneration, Holdings } from './holdings.ts';
export type { ListPlace } from './image-lists.ts';
export type { ImagePageChoice, ImagePageRow } from './image-pages.ts';
export type { ImageRecord, KnownContent, KnownImage, Place } from './images.ts';
export { LibraryLock, type LockOwner } from './lock.ts';
export type { Comparison, NearPair } from './near-duplicates.ts';
export type { Candidate, Grouping, GroupPlace, GroupTotals, MadeGroup } from './near-groups.ts';
export type { NewFacts, OldFacts } from './old-contents.ts';
export { isBelow } from './path-range.ts';
export { peekActive } from './peek.ts';
export { noDetails, type PhotoDetails } from './photo-details.ts';
export type { RootRecord } from './roots.ts';
export type { SkipRecord } from './skips.ts';
export { Store } from './store.ts';
export { normalText, TEXT_CHARACTERS_MAX, type NormalText } from './text-form.ts';
export type { TextCounts, TextSaying, TextVector } from './text-lookup.ts';
export {
  tagPlace,
  type ContentToTag,
  type GivenTag,
  type TaggedContent,
  type TagSource,
} from './text-tags.ts';
export type { TextToEmbed, TextVectorChange } from './text-vectors.ts';
export {
  textKinds,
  type AddedTexts,
  type EmbeddedTexts,
  type ImageText,
  type TextEntry,
  type TextKind,
  type TextLink,
  type TextRecord,
  type TextSource,
  type TextTotals,
} from './texts.ts';
export { partedWords, wordColumns, type WordColumn } from './word-document.ts';
export type { WordPlace } from './words.ts';
export type { ContentToEmbed, ImageWithoutVector, VectorChange } from './vectors.ts';
