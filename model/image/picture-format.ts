/**
 * Tells what a file is from its first bytes, never from its name.
 * Source: the signatures in the formats' own specifications. Deviation: an allow-list. The decoder knows
 * more formats (SVG, netpbm, matrices in text); they are drawings or have no place in a photo album, and
 * an SVG from a stranger may draw for minutes.
 */

/** The formats that are decoded; of a RAW, the preview that the camera put into it. */
export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | 'heic' | RawFormat;

/** Files of cameras: Canon, Nikon, Sony, and Adobe's form that several makers write. */
export type RawFormat = 'cr2' | 'nef' | 'arw' | 'dng';

/** What the first bytes say: a format that is decoded, or the reason why not, with what can be done. */
export type PictureKind =
  | { readonly format: PictureFormat }
  | { readonly format: undefined; readonly found: string; readonly remedy: string };

/** For error messages. */
export const PICTURE_FORMATS = 'JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC or RAW (CR2, NEF, ARW, DNG)';

/** Enough for every signature, the brands of an AVIF, and the prolog of an XML or HTML page. */
const HEAD_BYTES = 1024;

const CONVERT = 'convert it to JPEG or PNG first';

/** Signatures of accepted formats, as patterns on hexadecimal digits. */
const ACCEPTED: readonly (readonly [PictureFormat, RegExp])[] = [
  ['jpeg', /^ffd8ff/],
  ['png', /^89504e470d0a1a0a/],
  ['webp', /^52494646.{8}57454250/],
  ['gif', /^47494638(37|39)61/],
  // Other RAW files begin like any TIFF; what is in them tells (raw-preview.ts).
  ['cr2', /^49492a00.{8}4352/],
  ['tiff', /^(49492[ab]00|4d4d002[ab])/],
];

/** Well-known formats that are refused, as patterns on hexadecimal digits. */
const REFUSED: readonly (readonly [RegExp, string, string])[] = [
  [/^25504446/, 'a PDF document', 'export its pages as JPEG or PNG'],
  [/^424d.{8}00000000/, 'a BMP picture', CONVERT],
  [/^38425053/, 'a Photoshop document', CONVERT],
  [/^(0000000c4a584c20|ff0a)/, 'a JPEG XL picture', CONVERT],
  [/^(0000000c6a502020|ff4fff51)/, 'a JPEG 2000 picture', CONVERT],
  [/^00000100/, 'an icon', CONVERT],
  [
    /^(46554a4946494c4d|49494955|4949524f|4d4d4f52)/,
    'a RAW file of a kind that is not read',
    'convert it to DNG or JPEG first',
  ],
  [/^(504b0304|1f8b|52617221|377abcaf|fd377a58)/, 'an archive or compressed file', 'unpack it first'],
];

/** What text may be. In this order: an HTML page may well contain an `<svg`. */
const TEXTS: readonly (readonly [RegExp, string, string])[] = [
  [
    /^\s*(<!doctype html|<html|<head|<body)/i,
    'an HTML page',
    'fetch the picture itself, not the page about it',
  ],
  [
    /^\s*<([^]*<)?svg/i,
    'an SVG drawing, which is never drawn here because one from a stranger may draw for minutes',
    'render it to PNG first',
  ],
  [/^\s*<(\?xml|!)/i, 'an XML document', 'pass a photo'],
  [/^P[1-7]\s/, 'a netpbm picture', CONVERT],
  [/^[\t\n\r -~]+$/, 'text', 'pass a photo'],
];

/** Looks at the beginning of a file (all of it may be passed). */
export function pictureKind(bytes: Uint8Array): PictureKind {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  const digits = head.toString('hex');
  for (const [format, signature] of ACCEPTED) if (signature.test(digits)) return { format };
  if (head.toString('latin1', 4, 8) === 'ftyp') return isoMediaKind(head);
  for (const [signature, found, remedy] of REFUSED) {
    if (signature.test(digits)) return { format: undefined, found, remedy };
  }
  // Latin-1 gives one character for each byte, whatever the encoding; a byte order mark is skipped.
  const text = head.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  for (const [pattern, found, remedy] of TEXTS) {
    if (pattern.test(text)) return { format: undefined, found, remedy };
  }
  return {
    format: undefined,
    found: `unknown content (it starts with the bytes ${digits.slice(0, 16)})`,
    remedy: 'pass a photo, or convert this one to JPEG or PNG first',
  };
}

/** AVIF, HEIC, CR3 and MP4 share a container; the four-letter brands in its first box tell them apart. */
function isoMediaKind(head: Buffer): PictureKind {
  const boxBytes = Math.min(head.readUInt32BE(), head.length);
  const brands = [head.toString('latin1', 8, 12)];
  for (let place = 16; place + 4 <= boxBytes; place += 4)
    brands.push(head.toString('latin1', place, place + 4));
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return { format: 'avif' };
  if (brands.includes('crx ')) {
    return {
      format: undefined,
      found: 'a CR3 file, a RAW of a kind that is not read',
      remedy: 'convert it to DNG or JPEG first',
    };
  }
  if (brands.some((brand) => /^(he[iv][cmsx]|mif1|msf1)$/.test(brand))) return { format: 'heic' };
  return {
    format: undefined,
    found: 'a film or sound file',
    remedy: 'pass a photo, such as one frame as JPEG',
  };
}
