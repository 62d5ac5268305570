/**
 * When a photo was taken, from its EXIF block.
 * Source: EXIF 2.32 (DateTimeOriginal 0x9003, DateTimeDigitized 0x9004, OffsetTime… 0x9011, 0x9012), read with
 * exifr. Deviation: DateTime (0x0132) is when the file was last edited and is not used.
 */
import exifr from 'exifr';

/** A block above this is not what a camera writes; the JPEG form holds 64 kB at most. */
const BLOCK_BYTES_MAX = 1_048_576;

/** What stands before the TIFF structure in a JPEG file. */
const PREFIX = Buffer.from('Exif\0\0', 'latin1');

/** `2021:05:06 07:08:09`; some programs write other separators. */
const MOMENT = /^(\d{4})[:/-](\d{2})[:/-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})/;
const OFFSET = /^([+-])(\d{2}):(\d{2})$/;

/** Of each way of saying it, the tags of the moment and of its offset from UTC; the first that is there counts. */
const WAYS = [
  ['DateTimeOriginal', 'OffsetTimeOriginal'],
  ['CreateDate', 'OffsetTimeDigitized'],
] as const;

/**
 * Never fails: a photo with a damaged block is still a photo.
 * @param block as the decoder gives it, with or without the prefix
 * @returns `2021-05-06T07:08:09`, with `+02:00` where the camera knew its zone; null where nothing is said
 */
export async function takenAt(block: Uint8Array | undefined): Promise<string | null> {
  if (block === undefined || block.length > BLOCK_BYTES_MAX) return null;
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  const start = bytes.subarray(0, PREFIX.length).equals(PREFIX) ? PREFIX.length : 0;
  const tags = await readTags(bytes.subarray(start));
  for (const [moment, offset] of WAYS) {
    const found = isoOf(tags[moment], tags[offset]);
    if (found !== null) return found;
  }
  return null;
}

async function readTags(tiff: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  try {
    // oxlint-disable-next-line import/no-named-as-default-member -- Node sees no named exports in this bundle.
    const tags: unknown = await exifr.parse(tiff, {
      pick: WAYS.flat(),
      // As text: a date without a zone must not become a moment in the zone of this machine.
      reviveValues: false,
    });
    return typeof tags === 'object' && tags !== null ? (tags as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isoOf(moment: unknown, offset: unknown): string | null {
  const parts = typeof moment === 'string' ? MOMENT.exec(moment) : null;
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  // Cameras whose clock was never set write zeros; a date that does not exist comes back as another one.
  const date = new Date(`${iso}Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(iso)) return null;
  return typeof offset === 'string' && OFFSET.test(offset) ? iso + offset : iso;
}
