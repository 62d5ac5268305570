/**
 * EXIF, IPTC and XMP of one photo, as the library keeps them.
 * Source: our own; the order of preference is that of the Metadata Working Group's guidelines 2.0 where programs
 * write (XMP, then IPTC, then EXIF), and the camera's own word where it measures. Deviation: no check sum tells
 * whether IPTC is newer than XMP.
 */
import type { PhotoDetails } from '../../store/index.ts';
import { takenAt } from './moment.ts';
import { readTags, type MetadataBlocks, type PhotoTags } from './read-tags.ts';
import { lines, numberOf, oneLine, textOf, textsOf, within } from './tag-values.ts';

export interface PhotoMetadata {
  /** See `takenAt` in moment.ts. */
  readonly takenAt: string | null;
  readonly details: PhotoDetails;
}

const NAME_CHARACTERS_MAX = 128;
const TITLE_CHARACTERS_MAX = 512;
const CAPTION_CHARACTERS_MAX = 8192;
const KEYWORDS_MAX = 256;

const EXPOSURE_SECONDS_MAX = 1_000_000;
const APERTURE_MAX = 1000;
const ISO_MAX = 100_000_000;
const FOCAL_LENGTH_MM_MAX = 1_000_000;
/** The deepest sea and the highest flight of a person with a camera, with a margin. */
const ALTITUDE_M = { min: -12_000, max: 1_000_000 } as const;

/** What cameras write in place of a caption. */
const NO_CAPTION =
  /^(olympus digital camera|sony dsc|minolta digital camera|konica minolta digital camera|samsung(?: digital camera)?|digital camera|dcim\\.*|exif_jpeg.*|default)$/i;

/** Never fails: what cannot be read is not there. */
export function photoMetadata(blocks: MetadataBlocks): PhotoMetadata {
  const tags = readTags(blocks);
  return { takenAt: takenAt(tags), details: { ...takenWith(tags), ...placeOf(tags), ...wordsOf(tags) } };
}

type Names = 'orientation' | 'camera' | 'lens' | 'exposureSeconds' | 'aperture' | 'iso' | 'focalLengthMm';

function takenWith({ exif, xmp }: PhotoTags): Pick<PhotoDetails, Names> {
  const [iso = null] = textsOf(exif['ISOSpeedRatings'] ?? exif['PhotographicSensitivity']);
  return {
    orientation: whole(within(numberOf(exif['Orientation']), 1, 8)),
    camera: cameraOf(exif),
    lens: oneLine(exif['LensModel'], NAME_CHARACTERS_MAX) ?? oneLine(xmp['Lens'], NAME_CHARACTERS_MAX),
    exposureSeconds: above0(numberOf(exif['ExposureTime']), EXPOSURE_SECONDS_MAX),
    aperture: above0(numberOf(exif['FNumber']), APERTURE_MAX),
    iso: whole(within(numberOf(iso), 1, ISO_MAX)),
    focalLengthMm: above0(numberOf(exif['FocalLength']), FOCAL_LENGTH_MM_MAX),
  };
}

/** `NIKON CORPORATION`, `NIKON D750` is one NIKON; `Apple`, `iPhone 12` are two words of a name. */
function cameraOf(exif: PhotoTags['exif']): string | null {
  const maker = oneLine(exif['Make'], NAME_CHARACTERS_MAX);
  const model = oneLine(exif['Model'], NAME_CHARACTERS_MAX);
  if (maker === null || model === null) return model ?? maker;
  const [word = ''] = maker.split(' ');
  return model.toLowerCase().startsWith(word.toLowerCase()) ? model : `${maker} ${model}`;
}

function placeOf({ gps, exif }: PhotoTags): Pick<PhotoDetails, 'latitude' | 'longitude' | 'altitudeM'> {
  const latitude = within(numberOf(gps['Latitude']), -90, 90);
  const longitude = within(numberOf(gps['Longitude']), -180, 180);
  // Without a word on which side of the sea, it is above.
  const altitude = numberOf(gps['Altitude']) ?? numberOf(exif['GPSAltitude']);
  // A receiver without a fix writes zeros; that point lies in the open sea.
  const isKnown = latitude !== null && longitude !== null && (latitude !== 0 || longitude !== 0);
  return {
    latitude: isKnown ? latitude : null,
    longitude: isKnown ? longitude : null,
    altitudeM: isKnown ? within(altitude, ALTITUDE_M.min, ALTITUDE_M.max) : null,
  };
}

type Words = 'title' | 'caption' | 'keywords' | 'creator' | 'copyright' | 'rating' | 'location';

function wordsOf({ exif, iptc, xmp }: PhotoTags): Pick<PhotoDetails, Words> {
  const caption =
    lines(xmp['description'], CAPTION_CHARACTERS_MAX) ??
    lines(iptc['Caption/Abstract'], CAPTION_CHARACTERS_MAX) ??
    captionOf(exif['ImageDescription']);
  return {
    title: first(xmp['title'], iptc['Object Name']),
    caption,
    keywords: keywordsOf(xmp['subject'], iptc['Keywords']),
    creator: first(xmp['creator'], iptc['By-line'], exif['Artist']),
    copyright: first(xmp['rights'], iptc['Copyright Notice'], exif['Copyright']),
    rating: whole(within(numberOf(xmp['Rating']), 1, 5)),
    location: locationOf({ iptc, xmp }),
  };
}

/** The first that has something to say. */
function first(...values: readonly unknown[]): string | null {
  for (const value of values) {
    const text = oneLine(value, TITLE_CHARACTERS_MAX);
    if (text !== null) return text;
  }
  return null;
}

/** From the small to the large, each name once: New York lies in New York. */
function locationOf({ iptc, xmp }: Pick<PhotoTags, 'iptc' | 'xmp'>): string | null {
  const names = [
    first(xmp['Location'], iptc['Sub-location']),
    first(xmp['City'], iptc['City']),
    first(xmp['State'], iptc['Province/State']),
    first(xmp['Country'], iptc['Country/Primary Location Name']),
  ].filter((name) => name !== null);
  return names.length === 0 ? null : [...new Set(names)].join(', ').slice(0, TITLE_CHARACTERS_MAX);
}

function captionOf(tag: unknown): string | null {
  const text = lines(tag, CAPTION_CHARACTERS_MAX);
  return text === null || NO_CAPTION.test(text) ? null : text;
}

/** Of both, each once, in any case of letters. */
function keywordsOf(...lists: readonly unknown[]): string[] {
  const keywords = new Map<string, string>();
  for (const item of lists.flatMap((list) => textsOf(list))) {
    const keyword = oneLine(textOf(item), NAME_CHARACTERS_MAX);
    const key = keyword?.toLowerCase() ?? '';
    if (keyword !== null && !keywords.has(key)) keywords.set(key, keyword);
    if (keywords.size >= KEYWORDS_MAX) break;
  }
  return [...keywords.values()];
}

function above0(value: number | null, max: number): number | null {
  return value !== null && value > 0 ? within(value, 0, max) : null;
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
