/**
 * The page and the HTTP interface.
 * Source: our own. Deviation: none.
 */
export { Imglish, ImglishError, type SearchInput } from './api-client/index.ts';
export { createApp, type AppOptions } from './app.ts';
export type { FolderRules } from './jobs/index.ts';
export { ServerLog, type LogOptions } from './observe/index.ts';
export { fetchPicture, type FetchPictureOptions } from './picture-urls/index.ts';
export { refuseStrangers, serve, type ServeOptions, type Server } from './main.ts';
export { openApiDocument, operations, templateOf, type OpenApiDocument } from './openapi/index.ts';
export type { ProblemCode } from './problem-codes.ts';
export type { IndexingStatus } from './routes/library.ts';
export type {
  DuplicateGroupDocument,
  DuplicatesDocument,
  ImageDocument,
  LibraryDocument,
  LibrarySkipsDocument,
  LookupDocument,
  NearDocument,
  ProblemDocument as Problem,
  SearchDocument,
  SessionDocument,
  StatusDocument,
} from './schema/index.ts';
