/**
 * Texts that differ in the case of their letters alone are one and the same.
 * Source: Unicode 16, section 3.13 (default caseless matching), by the case mappings of JavaScript. Deviation: lower, then
 * upper case stands in for the folding table, which JavaScript does not give away; "ß" and "SS", "ς" and "σ" agree by it.
 *
 * SQLite's lower() and LIKE know the letters A to Z only, so names are folded here, never there.
 */

/** For comparing, not for showing. May have another length. */
export function folded(text: string): string {
  return text.normalize('NFC').toLowerCase().toUpperCase();
}
