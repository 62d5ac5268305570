/**
 * Whether a library is whole, and its clearing up.
 * Source: our own. Deviation: none.
 */
export { checkIntegrity } from './check-integrity.ts';
export { compactLibrary, type CompactReport } from './compact-library.ts';
export type { CheckName, CheckResult, Finding, IntegrityOptions, IntegrityReport } from './findings.ts';
