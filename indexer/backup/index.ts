/**
 * Backups of a library that is in use, and the way back.
 * Source: our own. Deviation: none.
 */
export { backupLibrary, type BackupOptions, type BackupReport } from './backup-library.ts';
export { restoreLibrary, type RestoreOptions, type RestoreReport } from './restore-library.ts';
