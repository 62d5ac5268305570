/**
 * A filter as a condition of SQL: the text is ours, the values are bound.
 * Source: our own. Deviation: none.
 *
 * Unknown is treated as "does not hold" (see photo-filter.ts). SQL's third value does so by itself under `and` and `or`; under
 * `not` it is made false first. Elsewhere it is left alone, because SQLite uses no index for a condition in a function.
 */
import path from 'node:path';
import type { SqlValue } from '../connection.ts';
import { belowRange } from '../path-range.ts';
import { folderSql, type FilterNames } from './filter-names.ts';
import { folded } from './folding.ts';
import { boxAround, boxWithin, distanceSql, type GeoBox } from './geography.ts';
import { parsePathGlob, type NamePattern, type PathPattern } from './path-glob.ts';
import {
  entryOf,
  type FilterValues,
  type Havable,
  type NumberRange,
  type PhotoFilter,
} from './photo-filter.ts';
import { atMoment, takenBounds } from './taken-range.ts';

/** Of the tables `images i` and `contents c`. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /** Whether it asks for where the photo lies, not for its bytes alone. */
  readonly asksImage: boolean;
}

/** @param filter checked */
export function compileFilter(filter: PhotoFilter, names: FilterNames, now: Date): Condition {
  return compile(atMoment(filter, now), names);
}

/**
 * A condition that holds wherever this part of a filter does, and that an index answers without meeting photos for which it
 * does not hold: so one may ask for the first thousand and be sure that no more was looked at.
 * @param leaf no `and`, `or`, `not`, `last`. @returns undefined: there is none
 */
export function indexedCondition(leaf: PhotoFilter, names: FilterNames): Condition | undefined {
  if (indexed.some((field) => field in leaf)) return compile(leaf, names);
  // An index of two columns is searched by the first.
  if ('near' in leaf) return inBand(boxAround(leaf.near));
  if ('within' in leaf) return inBand(boxWithin(leaf.within));
  if (!('path' in leaf)) return undefined;
  const patterns = parsePathGlob(leaf.path);
  if (patterns.some(({ folders }) => folders === undefined)) return undefined;
  // The folders alone: a name is looked at only where the photo has been met.
  return joined(
    patterns.map(({ folders }) => fittingPattern({ folders, names: undefined }, names)),
    'OR',
  );
}

const indexed = ['taken', 'camera', 'lens', 'bytes', 'folder', 'collection'] as const;

function compile(filter: PhotoFilter, names: FilterNames): Condition {
  const entry = entryOf(filter);
  switch (entry[0]) {
    case 'and':
      return joined(
        entry[1].map((one) => compile(one, names)),
        'AND',
      );
    case 'or':
      return joined(
        entry[1].map((one) => compile(one, names)),
        'OR',
      );
    case 'not': {
      const inner = compile(entry[1], names);
      return { ...inner, sql: `NOT coalesce(${inner.sql}, 0)` };
    }
    case 'taken':
      return taken(entry[1]);
    case 'last':
      throw new Error('a relative date was not replaced');
    case 'folder':
      return inFolder(entry[1], names);
    case 'path':
      return pathLike(entry[1], names);
    case 'collection':
      return inCollection(entry[1], names);
    case 'camera':
      return namedLike('c.camera', entry[1], names.cameras());
    case 'lens':
      return namedLike('c.lens', entry[1], names.lenses());
    case 'orientation':
      return ofContent(
        { landscape: 'c.width > c.height', portrait: 'c.width < c.height', square: 'c.width = c.height' }[
          entry[1]
        ],
      );
    case 'width':
    case 'height':
    case 'bytes':
    case 'iso':
    case 'aperture':
    case 'rating':
      return between(`c.${entry[0]}`, entry[1]);
    case 'focalLengthMm':
      return between('c.focal_length_mm', entry[1]);
    case 'megapixels':
      return between('c.width * c.height / 1e6', entry[1]);
    case 'format':
      return ofContent('c.format = ?', [formatName(entry[1])]);
    case 'near':
      return near(entry[1]);
    case 'within':
      return inBox(boxWithin(entry[1]));
    case 'has':
      return havingSql[entry[1]];
    case 'keyword':
      break;
  }
  return withKeyword(entry[1], names);
}

const NOTHING: Condition = { sql: '0', values: [], asksImage: false };

function ofContent(sql: string, values: readonly SqlValue[] = []): Condition {
  return { sql: `(${sql})`, values, asksImage: false };
}

function ofImage(sql: string, values: readonly SqlValue[] = []): Condition {
  return { sql: `(${sql})`, values, asksImage: true };
}

function joined(all: readonly Condition[], word: 'AND' | 'OR'): Condition {
  return {
    sql: `(${all.map(({ sql }) => sql).join(` ${word} `)})`,
    values: all.flatMap(({ values }) => values),
    asksImage: all.some(({ asksImage }) => asksImage),
  };
}

function between(column: string, { min, max }: NumberRange): Condition {
  const ends = [
    ...(min === undefined ? [] : [{ sql: `${column} >= ?`, value: min }]),
    ...(max === undefined ? [] : [{ sql: `${column} <= ?`, value: max }]),
  ];
  return ofContent(
    ends.map(({ sql }) => sql).join(' AND '),
    ends.map(({ value }) => value),
  );
}

function taken(range: FilterValues['taken']): Condition {
  const { first, beyond } = takenBounds(range);
  const ends = [
    ...(first === undefined ? [] : [{ sql: 'c.taken_at >= ?', value: first }]),
    ...(beyond === undefined ? [] : [{ sql: 'c.taken_at < ?', value: beyond }]),
  ];
  return ofContent(
    ends.map(({ sql }) => sql).join(' AND '),
    ends.map(({ value }) => value),
  );
}

function namedLike(column: string, text: string, known: readonly string[]): Condition {
  const wanted = folded(text);
  const fitting = known.filter((name) => folded(name).includes(wanted));
  if (fitting.length === 0) return NOTHING;
  return ofContent(`${column} IN (SELECT value FROM json_each(?))`, [JSON.stringify(fitting)]);
}

/** What people call the formats, beside their names here. */
function formatName(text: string): string {
  const name = text.toLowerCase().replace(/^\./, '');
  return { jpg: 'jpeg', tif: 'tiff', heif: 'heic' }[name] ?? name;
}

function inFolder(text: string, names: FilterNames): Condition {
  if (path.isAbsolute(text)) {
    const folder = path.normalize(text + path.sep);
    // Systems keep names in either form of Unicode; the one typed need not be it.
    const forms = [...new Set([folder, folder.normalize('NFC'), folder.normalize('NFD')])];
    return ofImage(
      forms.map(() => '(i.path >= ? AND i.path < ?)').join(' OR '),
      forms.flatMap((form) => belowRange(form)),
    );
  }
  const wanted = text
    .replaceAll(path.sep, '/')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  const tail = folded(`/${wanted.join('/')}/`);
  const fitting = new Set<string>();
  for (const { folder } of names.folders()) {
    if (folded(folder.replaceAll(path.sep, '/')).includes(tail)) fitting.add(folder);
  }
  if (fitting.size === 0) return NOTHING;
  return ofImage(`${folderSql('i.path')} IN (SELECT value FROM json_each(?))`, [
    JSON.stringify([...fitting]),
  ]);
}

function pathLike(glob: string, names: FilterNames): Condition {
  return joined(
    parsePathGlob(glob).map((pattern) => fittingPattern(pattern, names)),
    'OR',
  );
}

function fittingPattern({ folders, names: globs }: PathPattern, names: FilterNames): Condition {
  const named =
    globs === undefined
      ? undefined
      : joined(
          globs.map((glob) => nameLike(glob)),
          'OR',
        );
  if (folders === undefined) return named ?? ofImage('1');
  const fitting = names.folders().filter(({ segments }) => folders(segments));
  if (fitting.length === 0) return NOTHING;
  const pairs = JSON.stringify(fitting.map(({ folder, rootId }) => [folder, rootId]));
  const inside = ofImage(
    // By the folder first, for which there is an index; of pairs SQLite makes no use of it.
    `${folderSql('i.path')} IN (SELECT value ->> 0 FROM json_each(?))
      AND (${folderSql('i.path')}, i.root_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
    [pairs, pairs],
  );
  return named === undefined ? inside : joined([inside, named], 'AND');
}

/** Cutting the name out takes longer than matching it, so what cannot fit is sorted out by the whole path. */
function nameLike({ glob, isEnding }: NamePattern): Condition {
  if (isEnding) return ofImage('i.path GLOB ?', [glob]);
  const name = `substr(i.path, length(${folderSql('i.path')}) + 1)`;
  return ofImage(`i.path GLOB ? AND ${name} GLOB ?`, [`*${glob}`, glob]);
}

function inCollection(text: string, names: FilterNames): Condition {
  const wanted = folded(text);
  const isPath = path.isAbsolute(text);
  const place = isPath ? path.resolve(text).normalize('NFC') : '';
  const fitting = names
    .roots()
    .filter((root) =>
      isPath ? root.path.normalize('NFC') === place : folded(path.basename(root.path)) === wanted,
    );
  if (fitting.length === 0) return NOTHING;
  return ofImage('i.root_id IN (SELECT value FROM json_each(?))', [
    JSON.stringify(fitting.map(({ id }) => id)),
  ]);
}

function inBox({ south, north, longitudes }: GeoBox): Condition {
  return ofContent(
    `c.latitude BETWEEN ? AND ? AND (${longitudes.map(() => 'c.longitude BETWEEN ? AND ?').join(' OR ')})`,
    [south, north, ...longitudes.flat()],
  );
}

function inBand({ south, north }: GeoBox): Condition {
  return ofContent('c.latitude BETWEEN ? AND ?', [south, north]);
}

function near(circle: FilterValues['near']): Condition {
  const { latitude, longitude, radiusM } = circle;
  const box = inBox(boxAround(circle));
  return ofContent(`${box.sql} AND ${distanceSql('c')} <= ?`, [
    ...box.values,
    latitude,
    latitude,
    longitude,
    radiusM,
  ]);
}

const havingSql = {
  place: ofContent('c.latitude IS NOT NULL'),
  date: ofContent('c.taken_at IS NOT NULL'),
  camera: ofContent('c.camera IS NOT NULL'),
  caption: said('c.caption IS NOT NULL OR c.title IS NOT NULL', 'caption'),
  keywords: said('c.keywords IS NOT NULL', 'tag'),
} as const satisfies Record<Havable, Condition>;

/** By the photo itself, or by a list or a file beside it; not by the engine. */
function said(byItself: string, kind: 'caption' | 'tag'): Condition {
  const link = (of: string) => `EXISTS (SELECT 1 FROM text_links l
    JOIN texts t ON t.id = l.text_id JOIN text_sources s ON s.id = l.source_id
    WHERE ${of} AND t.kind = '${kind}' AND s.tagged_with IS NULL)`;
  return ofImage(`${byItself} OR ${link('l.content_id = c.id')} OR ${link('l.image_id = i.id')}`);
}

function withKeyword(text: string, names: FilterNames): Condition {
  const fitting = names.tagIds(text);
  if (fitting.length === 0) return NOTHING;
  const ids = JSON.stringify(fitting);
  // From the photo on: a keyword may stand with every second photo, and gathering them all would take as long each time.
  return ofImage(`${linkedBy('l.content_id = c.id')} OR ${linkedBy('l.image_id = i.id')}`, [ids, ids]);
}

function linkedBy(of: string): string {
  return `EXISTS (SELECT 1 FROM text_links l WHERE ${of} AND +l.text_id IN (SELECT value FROM json_each(?)))`;
}
