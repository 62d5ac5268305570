/**
 * The metadata blocks of a photo as plain tags; the only file that knows exifreader.
 * Source: EXIF 2.32, IPTC IIM 4.2 and XMP part 1, read with exifreader. Deviation: only tags that are kept are
 * read, blocks above a limit are not, and a block that cannot be read gives no tags: a photo with a damaged
 * block is still a photo.
 */
import exifReader, { type ExpandedTags } from 'exifreader';
import { tiffDirectories } from '../../../model/index.ts';

/** Tags by name; their values are whatever the photo says. */
export type Tags = Readonly<Record<string, unknown>>;

export interface PhotoTags {
  readonly exif: Tags;
  /** `Latitude`, `Longitude`, `Altitude` as numbers. */
  readonly gps: Tags;
  readonly iptc: Tags;
  readonly xmp: Tags;
}

export interface MetadataBlocks {
  readonly exif: Uint8Array | undefined;
  readonly iptc: Uint8Array | undefined;
  readonly xmp: Uint8Array | undefined;
}

/** Of all values that are read from one EXIF block; cameras write some hundred bytes of these tags. */
const EXIF_VALUES_MAX = 65_536;

/** A JPEG holds 64 kB of each. The worst XMP that we could make took 0.8 s at this size. */
const XMP_BYTES_MAX = 262_144;
const IPTC_BYTES_MAX = 65_000;

/** What stands before the TIFF structure in a JPEG file. */
const EXIF_MARK = Buffer.from('Exif\0\0', 'latin1');
const PHOTOSHOP_MARK = Buffer.from('Photoshop 3.0\0', 'latin1');
const XMP_MARK = '<?xpacket begin';

const EXIF_POINTER = 0x87_69;
const GPS_POINTER = 0x88_25;

/** By number: two of them have other names in other versions of the standard. */
const EXIF_TAGS = [
  0x01_0e, // ImageDescription
  0x01_0f, // Make
  0x01_10, // Model
  0x01_12, // Orientation
  0x01_3b, // Artist
  0x82_98, // Copyright
  0x82_9a, // ExposureTime
  0x82_9d, // FNumber
  0x88_27, // ISOSpeedRatings, PhotographicSensitivity
  0x90_03, // DateTimeOriginal
  0x90_04, // DateTimeDigitized
  0x90_11, // OffsetTimeOriginal
  0x90_12, // OffsetTimeDigitized
  0x92_0a, // FocalLength
  0xa4_34, // LensModel
] as const;
const GPS_TAGS = [1, 2, 3, 4, 5, 6] as const;

/** In a file with TIFF structure the other two blocks are tags of the first directory. */
const XMP_TAG = 0x02_bc;
const IPTC_TAG = 0x83_bb;

const IPTC_TAGS = [
  'Object Name',
  'Caption/Abstract',
  'Keywords',
  'By-line',
  'Copyright Notice',
  'Date Created',
  'Time Created',
  'Coded Character Set',
  'Sub-location',
  'City',
  'Province/State',
  'Country/Primary Location Name',
];
const IPTC_BARE: ReadonlySet<string> = new Set(['Date Created', 'Time Created']);
const XMP_TAGS = [
  'title',
  'description',
  'subject',
  'creator',
  'rights',
  'Rating',
  'DateTimeOriginal',
  'DateCreated',
  'CreateDate',
  'Lens',
  'Location',
  'City',
  'State',
  'Country',
];

/** Never fails. */
export function readTags(blocks: MetadataBlocks): PhotoTags {
  const ofExif = readExif(blocks.exif);
  return {
    exif: tagsOf(ofExif.exif),
    gps: tagsOf(ofExif.gps),
    iptc: iptcTexts(tagsOf(readIptc(blocks.iptc).iptc ?? ofExif.iptc)),
    xmp: tagsOf(readXmp(blocks.xmp).xmp ?? ofExif.xmp),
  };
}

function readExif(block: Uint8Array | undefined): ExpandedTags {
  if (block === undefined) return {};
  const bytes = bufferOf(block);
  const tiff = bytes.subarray(0, EXIF_MARK.length).equals(EXIF_MARK)
    ? bytes.subarray(EXIF_MARK.length)
    : bytes;
  const sizes = valueBytes(tiff);
  if (sizes === undefined || sizes.exif > EXIF_VALUES_MAX) return {};
  return loaded(tiff, {
    exif: [...EXIF_TAGS, 'GPSAltitude'],
    gps: true,
    ...(sizes.iptc > 0 && sizes.iptc <= IPTC_BYTES_MAX && { iptc: IPTC_TAGS }),
    ...(sizes.xmp > 0 && sizes.xmp <= XMP_BYTES_MAX && { xmp: XMP_TAGS }),
  });
}

/**
 * How many bytes of values a reader will take in. Thousands of entries may all point to the same megabytes: a
 * small file must not become a large one in memory.
 */
function valueBytes(
  tiff: Uint8Array,
): { readonly exif: number; readonly xmp: number; readonly iptc: number } | undefined {
  const directories = tiffDirectories(tiff, [EXIF_POINTER, GPS_POINTER])?.all;
  if (directories === undefined) return undefined;
  const total = (tags: readonly number[]): number =>
    directories.reduce((all, one) => all + tags.reduce((sum, tag) => sum + one.bytes(tag), 0), 0);
  return { exif: total([...EXIF_TAGS, ...GPS_TAGS]), xmp: total([XMP_TAG]), iptc: total([IPTC_TAG]) };
}

/** The reader takes whole files only: the block goes into a JPEG of nothing else. */
function readIptc(block: Uint8Array | undefined): ExpandedTags {
  if (block === undefined || block.length > IPTC_BYTES_MAX) return {};
  const bytes = bufferOf(block);
  const isWrapped = bytes.subarray(0, PHOTOSHOP_MARK.length).equals(PHOTOSHOP_MARK);
  const wrapped = isWrapped ? bytes : Buffer.concat([PHOTOSHOP_MARK, resourceOf(bytes)]);
  const head = Buffer.from('ffd8ffed0000', 'hex');
  head.writeUInt16BE(wrapped.length + 2, 4);
  return loaded(Buffer.concat([head, wrapped, Buffer.from('ffd9', 'hex')]), { iptc: IPTC_TAGS });
}

/** Bare IPTC, or one of Photoshop's resources already. */
function resourceOf(bytes: Buffer): Buffer {
  if (bytes.toString('latin1', 0, 4) === '8BIM') return bytes;
  const head = Buffer.from('3842494d0404000000000000', 'hex');
  head.writeUInt32BE(bytes.length, 8);
  return Buffer.concat([head, bytes]);
}

function readXmp(block: Uint8Array | undefined): ExpandedTags {
  if (block === undefined || block.length > XMP_BYTES_MAX) return {};
  const bytes = bufferOf(block);
  // The wrapping is optional in the standard; the reader knows the block by it.
  const isWrapped = bytes.toString('latin1', 0, XMP_MARK.length) === XMP_MARK;
  const packet = isWrapped ? bytes : Buffer.concat([Buffer.from(`${XMP_MARK}="" id=""?>`), bytes]);
  return loaded(packet, { xmp: XMP_TAGS });
}

function loaded(
  bytes: Buffer,
  includeTags: Readonly<Record<string, true | readonly (string | number)[]>>,
): ExpandedTags {
  try {
    const wanted = includeTags as Record<string, true | (string | number)[]>;
    // oxlint-disable-next-line import/no-named-as-default-member -- Node sees no named exports in this bundle.
    return exifReader.load(bytes, { expanded: true, includeTags: wanted });
  } catch {
    return {};
  }
}

/** Of IPTC, values are bytes and the words stand beside them, but dates there are written another way. */
function iptcTexts(tags: Tags): Tags {
  const texts: Record<string, unknown> = {};
  for (const [name, tag] of Object.entries(tags)) {
    const all = Array.isArray(tag) ? (tag as unknown[]) : [tag];
    texts[name] = all.map((one) => {
      const { value, description } = tagsOf(one) as { value?: unknown; description?: unknown };
      return IPTC_BARE.has(name) && Array.isArray(value)
        ? Buffer.from(value).toString('latin1')
        : description;
    });
  }
  return texts;
}

function tagsOf(value: unknown): Tags {
  return typeof value === 'object' && value !== null ? (value as Tags) : {};
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
