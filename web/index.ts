/**
 * The page and the HTTP interface.
 * Source: our own. Deviation: none.
 */
export { createApp, type AppOptions } from './app.ts';
export type { Problem, ProblemCode } from './errors.ts';
export type { ImageDocument } from './image-document.ts';
export { serve, type ServeOptions, type Server } from './main.ts';
export type { DuplicateGroupDocument, DuplicatesDocument, NearDocument } from './routes/duplicates.ts';
export type { SearchDocument } from './routes/search.ts';
export type { SessionDocument } from './routes/session.ts';
export type { IndexingStatus, LibraryDocument, StatusDocument } from './routes/library.ts';
