/**
 * The two refusals that every reader in this folder needs, with their remedies.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../errors.ts';

/** The bytes contradict themselves or end early. */
export function damaged(place: string, problem: string, cause?: unknown): AppError {
  return new AppError(
    'CHECKPOINT_CORRUPT',
    `${place}: ${problem}; the file is damaged or incomplete, fetch or save it again`,
    { cause },
  );
}

/** Well-formed, perhaps, but not something this reader takes. */
export function unsupported(place: string, problem: string, remedy: string): AppError {
  return new AppError('CHECKPOINT_UNSUPPORTED', `${place}: ${problem}; ${remedy}`);
}

/** Readable text from untrusted bytes: control characters escaped, cut to a length that fits a message. */
export function quote(text: string): string {
  const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return JSON.stringify(shown);
}
