/**
 * The form in which texts are kept: one line, NFC, single spaces; two that look the same are the same.
 * Source: our own. Deviation: none.
 */

/** Longer than any model reads (512 tokens); a novel in a caption is somebody's mistake. */
export const TEXT_CHARACTERS_MAX = 4000;

/** A text, or why there is none. */
export type NormalText = { readonly text: string } | { readonly refused: 'empty' | 'tooLong' | 'noText' };

/**
 * White space and control characters become single spaces. NUL means that the bytes were no text at all, and the
 * replacement character that they were text of another encoding: both are refused instead of repaired.
 */
export function normalText(raw: string): NormalText {
  if (raw.includes('\0') || raw.includes('\uFFFD')) return { refused: 'noText' };
  // Unpaired surrogates have no UTF-8 form; SQLite would store something else than it was given.
  if (/\p{Cs}/u.test(raw)) return { refused: 'noText' };
  const text = raw
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  // Joiners and marks alone are nothing that a model could read.
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(text)) return { refused: 'empty' };
  return text.length > TEXT_CHARACTERS_MAX ? { refused: 'tooLong' } : { text };
}
