/**
 * Jobs as HTTP has them: documents, events, and the folders they may be pointed at.
 * Source: our own. Deviation: none.
 */
export { allowedFolders, resolveFolder, type AllowedFolder, type FolderRules } from './allowed-folders.ts';
export { jobDocument, skipDocument, type JobView } from './job-document.ts';
export { hasEnded, JobEvents, type JobChange } from './job-events.ts';
export { listFolder, topFolders } from './list-folder.ts';
export { newJobParameters } from './new-job.ts';
