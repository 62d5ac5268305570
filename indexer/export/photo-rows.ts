/**
 * One photo as a row of an export.
 * Source: our own; csv-stringify writes the cells. Deviation: a cell that a spreadsheet would run gets a quote mark.
 */
import { stringify } from 'csv-stringify/sync';
import type { ImageRecord, PhotoDetails, TextKind } from '../store/index.ts';

export interface ExportedText {
  readonly kind: TextKind;
  readonly text: string;
  /** Absolute path of the file that says it, or `embedded`. */
  readonly source: string;
}

/** How vectors are written: numbers, or base64 of float32 [D], little-endian. */
export type VectorForm = 'array' | 'base64';

export interface PhotoRow {
  readonly image: ImageRecord;
  readonly texts: readonly ExportedText[];
  /** null where the photo has none; undefined where none is wanted */
  readonly vector: Float32Array | null | undefined;
}

/** Digits that bring every float32 back as it was. */
const FLOAT32_DIGITS = 9;

/** One line of JSON, without its end. */
export function jsonRow({ image, texts, vector }: PhotoRow, form: VectorForm): string {
  return JSON.stringify({
    ...image,
    texts,
    ...(vector !== undefined && { vector: vectorJson(vector, form) }),
  });
}

function vectorJson(vector: Float32Array | null, form: VectorForm): readonly number[] | string | null {
  if (vector === null) return null;
  if (form === 'base64') return base64(vector);
  return Array.from(vector, (value) => Number(value.toPrecision(FLOAT32_DIGITS)));
}

const imageColumns = [
  'id',
  'contentId',
  'path',
  'root',
  'bytes',
  'modifiedMs',
  'contentHash',
  'width',
  'height',
  'format',
  'takenAt',
  'indexedAt',
] as const satisfies readonly (keyof ImageRecord)[];

/** Title, caption and keywords are among the texts. */
const detailColumns = [
  'orientation',
  'camera',
  'lens',
  'exposureSeconds',
  'aperture',
  'iso',
  'focalLengthMm',
  'latitude',
  'longitude',
  'altitudeM',
  'creator',
  'copyright',
  'rating',
  'location',
] as const satisfies readonly (keyof PhotoDetails)[];

/** @returns the header, with its line end */
export function csvHeader(withVectors: boolean): string {
  return stringify([
    [...imageColumns, ...detailColumns, 'captions', 'tags', ...(withVectors ? ['vector'] : [])],
  ]);
}

/** @returns one row, with its line end; captions stand between bars, tags between semicolons, vectors are base64 */
export function csvRow({ image, texts, vector }: PhotoRow): string {
  const said = (isTag: boolean): string[] => [
    ...new Set(texts.filter(({ kind }) => (kind === 'tag') === isTag).map(({ text }) => text)),
  ];
  const cells = [
    ...imageColumns.map((name) => image[name]),
    ...detailColumns.map((name) => image.details[name]),
    said(false).join(' | '),
    said(true).join('; '),
    ...(vector === undefined ? [] : [vector === null ? '' : base64(vector)]),
  ];
  return stringify([cells.map((cell) => (typeof cell === 'string' ? harmless(cell) : (cell ?? '')))]);
}

/**
 * A spreadsheet runs a cell that begins like a formula, and captions are written by strangers: such a cell gets the
 * mark that means text. For programs, which would have to take it away again, there is JSONL.
 */
function harmless(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

function base64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
}
