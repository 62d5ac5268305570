/**
 * The filters that people type, `field:value`: how each is read and written.
 * Source: our own. Deviation: none.
 */
import {
  checkPhotoFilter,
  periodProblem,
  type FilterField,
  type NumberRange,
  type PhotoFilter,
} from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { readNumber, readRange, writeRange, type ReadEnd } from './amounts.ts';

interface TypedField {
  /** For messages and help. */
  readonly example: string;
  /** @returns undefined for a value that is not understood */
  readonly read: (value: string) => PhotoFilter | undefined;
}

type RangeField =
  'width' | 'height' | 'megapixels' | 'bytes' | 'iso' | 'aperture' | 'focalLengthMm' | 'rating';

/** Decimal, as disks are sold and files are listed. */
const BYTE_UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 };
const METRES: Readonly<Record<string, number>> = { m: 1, km: 1000 };

const plain: ReadEnd = readNumber;
const without =
  (pattern: RegExp): ReadEnd =>
  (text) =>
    readNumber(text.replace(pattern, ''));

const typed = {
  taken: { example: 'taken:2023-05..2023-08', read: readTaken },
  last: { example: 'last:30d', read: (value) => ({ last: value.toLowerCase() }) },
  folder: { example: 'folder:2023/rome', read: (value) => ({ folder: value }) },
  path: { example: 'path:*.png', read: (value) => ({ path: value }) },
  collection: { example: 'collection:Photos', read: (value) => ({ collection: value }) },
  camera: { example: 'camera:"canon eos"', read: (value) => ({ camera: value }) },
  lens: { example: 'lens:50mm', read: (value) => ({ lens: value }) },
  keyword: { example: 'keyword:rome', read: (value) => ({ keyword: value }) },
  format: { example: 'format:heic', read: (value) => ({ format: value.toLowerCase() }) },
  has: { example: 'has:caption', read: (value) => ({ has: value.toLowerCase() }) as PhotoFilter },
  orientation: {
    example: 'orientation:portrait',
    read: (value) => ({ orientation: value.toLowerCase() }) as PhotoFilter,
  },
  size: { example: 'size:>10mp', read: readSize },
  width: { example: 'width:>=4000', read: ranged('width', without(/px$/i), true) },
  height: { example: 'height:>=3000', read: ranged('height', without(/px$/i), true) },
  iso: { example: 'iso:100..400', read: ranged('iso', plain, true) },
  aperture: { example: 'aperture:<=2.8', read: ranged('aperture', without(/^f\/?/i), false) },
  focal: { example: 'focal:24..70mm', read: ranged('focalLengthMm', without(/mm$/i), false) },
  rating: { example: 'rating:>=4', read: ranged('rating', plain, true) },
  near: { example: 'near:52.5,13.4,10km', read: readNear },
  within: { example: 'within:47,5,55,15 (south, west, north, east)', read: readWithin },
  after: { example: 'after:2024', read: (value) => ({ taken: { from: value.toUpperCase() } }) },
  before: { example: 'before:2024-06', read: readBefore },
} as const satisfies Record<string, TypedField>;

type TypedName = keyof typeof typed;

/** In the order of messages and help. */
export const typedFields = Object.keys(typed) as readonly TypedName[];

/** One for each field. */
export const typedExamples: readonly string[] = Object.values(typed).map(({ example }) => example);

export function isTypedField(name: string): name is TypedName {
  return Object.hasOwn(typed, name);
}

/**
 * @param name in any case of letters
 * @throws AppError INVALID_ARGUMENT for an unknown field, and for a value it does not take
 */
export function readTypedFilter(name: string, value: string): PhotoFilter {
  const field = name.toLowerCase();
  if (!isTypedField(field)) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `query: found "${name}:${value.slice(0, 40)}", there is no such filter, expected one of ${typedFields.join(', ')}; in quotation marks it is searched for as words`,
    );
  }
  const filter = typed[field].read(value);
  if (filter === undefined) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `query: ${field}: found "${value.slice(0, 80)}", expected such as ${typed[field].example}`,
    );
  }
  return checkPhotoFilter(filter, 'query');
}

/** As `readTypedFilter` reads it; the name and the value, without quotation marks. */
export function writeTypedFilter(filter: PhotoFilter): readonly [name: TypedName, value: string] {
  if ('taken' in filter) {
    const { from = '', until = '' } = filter.taken;
    return ['taken', from === until ? from : `${from}..${until}`];
  }
  if ('megapixels' in filter) return ['size', writeRange(filter.megapixels, 'mp')];
  if ('bytes' in filter) return ['size', writeRange(filter.bytes, 'b')];
  if ('focalLengthMm' in filter) return ['focal', writeRange(filter.focalLengthMm)];
  if ('near' in filter) {
    const { latitude, longitude, radiusM } = filter.near;
    return ['near', `${latitude},${longitude},${radiusM}m`];
  }
  if ('within' in filter) {
    const { south, west, north, east } = filter.within;
    return ['within', [south, west, north, east].join(',')];
  }
  const [entry] = Object.entries(filter) as [string, string | NumberRange][];
  const [name, value] = entry ?? ['', ''];
  if (!isTypedField(name)) throw new Error(`nobody can type the filter ${JSON.stringify(filter)}`);
  return [name, typeof value === 'string' ? value : writeRange(value)];
}

function readTaken(value: string): PhotoFilter | undefined {
  const dots = value.indexOf('..');
  const text = value.toUpperCase();
  if (dots < 0) return { taken: { from: text, until: text } };
  const [from, until] = [text.slice(0, dots), text.slice(dots + 2)];
  if (from === '' && until === '') return undefined;
  return { taken: { ...(from !== '' && { from }), ...(until !== '' && { until }) } };
}

/** Up to the end of the year, month or day before: what is of the period itself is not before it. */
function readBefore(value: string): PhotoFilter | undefined {
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(value) ?? [];
  if (year === undefined || periodProblem(value) !== undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month ?? 1) - 1, Number(day ?? 1) - 1);
  // The day before the first of a month, or of a year, lies in the one before.
  const until = date.toISOString().slice(0, value.length);
  return { taken: { until } };
}

function ranged(field: RangeField & FilterField, read: ReadEnd, isWhole: boolean) {
  return (value: string): PhotoFilter | undefined => {
    const range = readRange(value, { read, isWhole });
    return range && ({ [field]: range } as unknown as PhotoFilter);
  };
}

/** Megapixels or bytes, by the unit. One value alone would hardly ever be met, so it has to be a range. */
function readSize(value: string): PhotoFilter | undefined {
  const text = value.toLowerCase();
  const [, unit = ''] = /(mp|[kmg]?b)(?:\.\.)?$/.exec(text) ?? [];
  if (unit === '' || !/^[<>]|\.\./.test(text)) return undefined;
  const scale = BYTE_UNITS[unit];
  const read: ReadEnd = (end) => {
    // Of `10..20mp` the first end has the unit of the second.
    const [, digits = '', own = unit] = /^(.*?)(mp|[kmg]?b)?$/.exec(end) ?? [];
    const number = readNumber(digits);
    if (number === undefined || (own === 'mp') !== (unit === 'mp')) return undefined;
    return scale === undefined ? number : number * (BYTE_UNITS[own] ?? 1);
  };
  if (scale === undefined) return ranged('megapixels', read, false)(text);
  return ranged('bytes', read, true)(text);
}

function readNear(value: string): PhotoFilter | undefined {
  const [, digits = '', unit = ''] = /,([^,]*?)(km|m)$/i.exec(value) ?? [];
  const [latitude, longitude] = value
    .split(',')
    .slice(0, 2)
    .map((part) => readNumber(part));
  const radius = readNumber(digits);
  const scale = METRES[unit.toLowerCase()];
  if (latitude === undefined || longitude === undefined || radius === undefined || scale === undefined) {
    return undefined;
  }
  if (value.split(',').length !== 3) return undefined;
  return { near: { latitude, longitude, radiusM: radius * scale } };
}

function readWithin(value: string): PhotoFilter | undefined {
  const parts = value.split(',').map((part) => readNumber(part));
  const [south, west, north, east] = parts;
  if (parts.length !== 4 || south === undefined || west === undefined) return undefined;
  if (north === undefined || east === undefined) return undefined;
  return { within: { south, west, north, east } };
}
