/**
 * What an import of texts is told and gives back.
 * Source: our own. Deviation: none.
 */
import type { JobProgress, JobSkip } from '../jobs/job-queue.ts';
import type { TextKind } from '../store/index.ts';

export interface ImportTextsOptions {
  /** A .csv, .tsv, .jsonl, .ndjson or .txt file; or a folder, whose indexed photos may have sidecars. */
  readonly source: string;
  /** Of the texts; default: what each row says, else `line` for a key without a photo, else `caption`. */
  readonly kind?: TextKind;
  /** Where relative paths in the file start too; default: the folder of the file and those that were indexed. */
  readonly photos?: string;
  /** Default true: the texts get their vectors at once. */
  readonly embed?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: JobProgress) => void) | undefined;
  /** A row, a file or a text that was left out. */
  readonly onSkip?: ((skip: JobSkip) => void) | undefined;
}

export interface TextImportReport {
  /** absolute */
  readonly source: string;
  /** Files read: one, or the sidecars. */
  readonly files: number;
  /** Files that have not changed since they were last imported to the end, and were not read. */
  readonly unchanged: number;
  /** Rows that hold texts. */
  readonly rows: number;
  /** Texts that were not there before. */
  readonly added: number;
  /** Texts of the rows that are joined to a photo. */
  readonly linked: number;
  /** Texts whose photo is not in the library; they are joined when it comes in. */
  readonly waiting: number;
  /** Sayings that are no longer in the files. */
  readonly removed: number;
  readonly skipped: number;
  /** Texts that got their vector. */
  readonly embedded: number;
  readonly seconds: number;
}

export type EmbedTextsReport = Pick<TextImportReport, 'embedded' | 'skipped' | 'seconds'>;
