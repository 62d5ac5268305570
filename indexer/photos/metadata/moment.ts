/**
 * When a photo was taken, from whatever says it.
 * Source: EXIF 2.32 (DateTimeOriginal, DateTimeDigitized, OffsetTime…), XMP part 1 (dates are ISO 8601), IPTC IIM
 * 4.2 (2:55, 2:60). Deviation: EXIF's DateTime and XMP's ModifyDate say when the file was edited and are not used.
 */
import type { PhotoTags } from './read-tags.ts';
import { textOf } from './tag-values.ts';

/** `2021:05:06 07:08:09`; some programs write other separators. */
const EXIF_MOMENT = /^(\d{4})[:/-](\d{2})[:/-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})/;
const OFFSET = /^([+-])(\d{2}):(\d{2})$/;
const ISO_MOMENT =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;
/** `20210506`, `070809+0200`. */
const IPTC_DATE = /^(\d{4})(\d{2})(\d{2})$/;
const IPTC_TIME = /^(\d{2})(\d{2})(\d{2})(?:([+-]\d{2})(\d{2}))?$/;

const LOCAL_LENGTH = '2021-05-06T07:08:09'.length;

/**
 * The camera's word first, then that of programs. Where both mean the same moment and only the program knows
 * the zone, the zone is taken from it.
 * @returns `2021-05-06T07:08:09`, with `+02:00` or `Z` where the zone is known; `2021-05-06` where only the day
 *   is; null where nothing is said
 */
export function takenAt({ exif, iptc, xmp }: PhotoTags): string | null {
  const byCamera =
    fromExif(textOf(exif['DateTimeOriginal']), textOf(exif['OffsetTimeOriginal'])) ??
    fromExif(textOf(exif['DateTimeDigitized']), textOf(exif['OffsetTimeDigitized']));
  const byProgram =
    fromIso(textOf(xmp['DateTimeOriginal'])) ??
    fromIso(textOf(xmp['DateCreated'])) ??
    fromIptc(textOf(iptc['Date Created']), textOf(iptc['Time Created'])) ??
    fromIso(textOf(xmp['CreateDate']));
  if (byCamera === null) return byProgram;
  const isSame = byCamera.length === LOCAL_LENGTH && byProgram?.slice(0, LOCAL_LENGTH) === byCamera;
  return isSame ? byProgram : byCamera;
}

function fromExif(moment: string | undefined, offset: string | undefined): string | null {
  const parts = EXIF_MOMENT.exec(moment ?? '');
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  return checked(`${year}-${month}-${day}T${hour}:${minute}:${second}`, zoneOf(offset));
}

function fromIso(text: string | undefined): string | null {
  const parts = ISO_MOMENT.exec(text ?? '');
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second = '00', zone = ''] = parts;
  const date = `${year}-${month}-${day}`;
  return hour === undefined
    ? checked(date, '')
    : checked(`${date}T${hour}:${minute}:${second}`, zone === 'Z' ? 'Z' : zoneOf(zone));
}

function fromIptc(date: string | undefined, time: string | undefined): string | null {
  const [, year, month, day] = IPTC_DATE.exec(date ?? '') ?? [];
  if (year === undefined) return null;
  const [, hour, minute, second, zoneHours = '', zoneMinutes = ''] = IPTC_TIME.exec(time ?? '') ?? [];
  const iso = `${year}-${month}-${day}`;
  if (hour === undefined) return checked(iso, '');
  const zone = zoneHours === '' ? '' : zoneOf(`${zoneHours}:${zoneMinutes}`);
  return checked(`${iso}T${hour}:${minute}:${second}`, zone);
}

/** '' for an offset that no place on earth has. */
function zoneOf(offset: string | undefined): string {
  const [, , hours, minutes] = OFFSET.exec(offset ?? '') ?? [];
  return offset !== undefined && Number(hours) <= 14 && Number(minutes) < 60 ? offset : '';
}

/** Cameras whose clock was never set write zeros; a date that does not exist comes back as another one. */
function checked(iso: string, zone: string): string | null {
  const date = new Date(iso.length < LOCAL_LENGTH ? iso : `${iso}Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(iso)) return null;
  return iso + zone;
}
