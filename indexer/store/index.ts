/**
 * SQLite: photos, vectors, skips; the lock of the library.
 * Source: our own. Deviation: none.
 */
export type { CommitEntry, CommitResult, ContentFacts, PhotoEntry, SkipEntry } from './commit.ts';
export type { Generation, GenerationKey } from './generations.ts';
export type { ImageRecord, KnownContent, KnownImage, Place } from './images.ts';
export { LibraryLock, type LockOwner } from './lock.ts';
export { isBelow } from './path-range.ts';
export type { RootRecord } from './roots.ts';
export type { SkipRecord } from './skips.ts';
export { Store } from './store.ts';
export type { VectorChange } from './vectors.ts';
