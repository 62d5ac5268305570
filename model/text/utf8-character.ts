/**
 * Where one character of UTF-8 ends, for whole text and for damaged text.
 * Source: RFC 3629; SentencePiece treats a byte that starts no valid character as a character of its own.
 * Deviation: none.
 */

/**
 * @returns bytes of the character that starts at `at` (1 to 4), 0 where none does: a stray trailing byte, a
 *   character cut short, an overlong form, a surrogate, or a value above U+10FFFF
 */
export function utf8CharacterLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0xff;
  if (lead < 0x80) return 1;
  const length = utf8LengthOfLead(lead);
  if (length === 1 || lead > 0xf4 || lead < 0xc2 || at + length > end) return 0;
  for (let index = at + 1; index < at + length; index += 1) {
    if (((bytes[index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  const second = bytes[at + 1] ?? 0;
  if (lead === 0xe0 && second < 0xa0) return 0;
  if (lead === 0xed && second >= 0xa0) return 0;
  if (lead === 0xf0 && second < 0x90) return 0;
  if (lead === 0xf4 && second >= 0x90) return 0;
  return length;
}

/** @returns bytes that the first byte of a character promises, 1 for a byte that cannot be a first one */
export function utf8LengthOfLead(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** True where the bytes from `start` to `end` are UTF-8, whole at both ends. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const length = utf8CharacterLength(bytes, at, end);
    if (length === 0) return false;
    at += length;
  }
  return true;
}
