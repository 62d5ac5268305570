/**
 * Which photos pass a filter: those of given ones, those between two ids, how many about, and all where they are few.
 * Source: our own. Deviation: none.
 *
 * Nothing here takes longer because the library is larger: every question is about so many photos at most, and whoever wants
 * to know of all of them asks piece by piece and lets others have their turn in between.
 */
import type { Connection, SqlValue } from '../connection.ts';
import type { ImageRecord, Images } from '../images.ts';
import { compileFilter, indexedCondition, type Condition } from './compile-filter.ts';
import type { FilterNames } from './filter-names.ts';
import type { PhotoFilter } from './photo-filter.ts';
import { sampleOf } from './sample-of.ts';
import { atMoment } from './taken-range.ts';

/** What is known of how many pass. */
export interface PassingShare {
  /** 0 to 1, of the contents that were looked at. */
  readonly share: number;
  /** Contents that were looked at. */
  readonly sampled: number;
}

/** Judging one takes four to six microseconds. A share of a half is known to 2 % then, one of a hundredth to 0.4 %. */
const SAMPLE = 512;

/**
 * Every filter given here was checked. A content passes if one of its photos does. Relative dates are those before `now`:
 * who asks several times for one search passes the same moment each time, or a filter that went through `atMoment`.
 */
export class PhotoFilters {
  readonly #connection: Connection;
  readonly #images: Images;
  readonly #names: FilterNames;

  constructor(connection: Connection, images: Images, names: FilterNames) {
    this.#connection = connection;
    this.#images = images;
    this.#names = names;
  }

  /** Contents with a vector in this generation that pass, by id: those after `after` up to `last`. */
  contentIds(
    filter: PhotoFilter,
    generationId: number,
    { after, last }: { readonly after: number; readonly last: number },
    now = new Date(),
  ): number[] {
    const { sql, values, asksImage } = compileFilter(filter, this.#names, now);
    // A content without a place is one that is just being removed.
    const passing = asksImage ? lyingWhere(sql) : `${sql} AND ${lyingWhere('1')}`;
    // NOT INDEXED: through these ids and no others, whatever indexes the condition might use.
    return this.#all<{ id: number }>(
      `SELECT c.id FROM contents c NOT INDEXED
       WHERE c.id > ? AND c.id <= ? AND ${passing}
         AND EXISTS (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = c.id)
       ORDER BY c.id`,
      [after, last, ...values, generationId],
    ).map(({ id }) => id);
  }

  /**
   * All contents with a vector in this generation that pass, by id, where an index leads to few.
   * @param limit of those that are looked at. @returns undefined: they may be more
   */
  few(
    filter: PhotoFilter,
    generationId: number,
    limit: number,
    now = new Date(),
  ): readonly number[] | undefined {
    const candidates = this.#candidates(atMoment(filter, now), limit);
    if (candidates === undefined) return undefined;
    const passing = this.pass(filter, candidates, now);
    return this.#all<{ id: number }>(
      `SELECT j.value AS id FROM json_each(?) j
       WHERE EXISTS (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = j.value) ORDER BY j.value`,
      [JSON.stringify([...passing]), generationId],
    ).map(({ id }) => id);
  }

  /** Of contents with a vector in this generation that lie all over the library; the same ones each time. */
  share(filter: PhotoFilter, generationId: number, now = new Date()): PassingShare {
    const [ends] = this.#all<{ first: number | null; last: number | null }>(
      `SELECT (SELECT min(content_id) FROM vectors WHERE generation_id = ?) AS first,
              (SELECT max(content_id) FROM vectors WHERE generation_id = ?) AS last`,
      [generationId, generationId],
    );
    if (ends === undefined || ends.first === null || ends.last === null) return { share: 0, sampled: 0 };
    const ids = this.#all<{ id: number }>(
      `SELECT DISTINCT (SELECT v.content_id FROM vectors v WHERE v.generation_id = ? AND v.content_id >= j.value
         ORDER BY v.content_id LIMIT 1) AS id FROM json_each(?) j`,
      [generationId, JSON.stringify(sampleOf(ends.first, ends.last, SAMPLE))],
    ).map(({ id }) => id);
    return { share: this.pass(filter, ids, now).size / ids.length, sampled: ids.length };
  }

  /** Which of these contents pass. */
  pass(filter: PhotoFilter, contentIds: readonly number[], now = new Date()): Set<number> {
    return new Set(this.#passingImages(filter, contentIds, now).map(({ contentId }) => contentId));
  }

  /** Those photos of these contents that pass themselves, in order of their ids: what a hit shows. */
  imagesOf(filter: PhotoFilter, contentIds: readonly number[], now = new Date()): ImageRecord[] {
    const passing = this.#passingImages(filter, contentIds, now);
    const ids = new Set(passing.map(({ id }) => id));
    const contents = [...new Set(passing.map(({ contentId }) => contentId))];
    return this.#images.byContents(contents).filter(({ id }) => ids.has(id));
  }

  /** CROSS: from the given contents on, whatever indexes the condition might use. */
  #passingImages(
    filter: PhotoFilter,
    contentIds: readonly number[],
    now: Date,
  ): { readonly id: number; readonly contentId: number }[] {
    const { sql, values } = compileFilter(filter, this.#names, now);
    return this.#all(
      `SELECT i.id, c.id AS contentId FROM json_each(?) j CROSS JOIN contents c ON c.id = j.value
       CROSS JOIN images i ON i.content_id = c.id WHERE ${sql}`,
      [JSON.stringify(contentIds), ...values],
    );
  }

  /** Contents among which all that pass are. @returns undefined: no index leads to at most `limit` */
  #candidates(filter: PhotoFilter, limit: number): readonly number[] | undefined {
    if ('and' in filter) {
      for (const part of filter.and) {
        const found = this.#candidates(part, limit);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    if ('or' in filter) {
      const all = new Set<number>();
      for (const part of filter.or) {
        const found = this.#candidates(part, limit);
        if (found === undefined || all.size + found.length > limit) return undefined;
        for (const id of found) all.add(id);
      }
      return [...all];
    }
    if ('not' in filter) return undefined;
    if ('keyword' in filter) return this.#withKeyword(filter.keyword, limit);
    const condition = indexedCondition(filter, this.#names);
    return condition === undefined ? undefined : this.#first(condition, limit);
  }

  #first({ sql, values, asksImage }: Condition, limit: number): readonly number[] | undefined {
    const from = asksImage ? 'images i JOIN contents c ON c.id = i.content_id' : 'contents c';
    return atMost(this.#all(`SELECT c.id FROM ${from} WHERE ${sql} LIMIT ?`, [...values, limit + 1]), limit);
  }

  #withKeyword(text: string, limit: number): readonly number[] | undefined {
    return atMost(
      this.#all(
        `SELECT coalesce(l.content_id, i.content_id) AS id FROM json_each(?) j
         CROSS JOIN text_links l ON l.text_id = j.value LEFT JOIN images i ON i.id = l.image_id LIMIT ?`,
        [JSON.stringify(this.#names.tagIds(text)), limit + 1],
      ),
      limit,
    );
  }

  /** Prepared each time: a filter is a text of its own, and preparing takes a tenth of a millisecond. */
  #all<Row>(sql: string, values: readonly SqlValue[]): Row[] {
    return this.#connection.prepare<Row>(sql).all(...values);
  }
}

function lyingWhere(condition: string): string {
  return `EXISTS (SELECT 1 FROM images i INDEXED BY images_by_content WHERE i.content_id = c.id AND ${condition})`;
}

/** Copies of a photo, and links to files that are gone, count as they are met. */
function atMost(rows: readonly { readonly id: number | null }[], limit: number): number[] | undefined {
  if (rows.length > limit) return undefined;
  return [...new Set(rows.flatMap(({ id }) => id ?? []))];
}
