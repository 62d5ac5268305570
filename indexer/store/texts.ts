/**
 * The text corpus: captions, tags and catalogue lines, who says them, and of which photo.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';
import { normalText } from './text-form.ts';

export const textKinds = ['caption', 'tag', 'line'] as const;
export type TextKind = (typeof textKinds)[number];

export interface TextRecord {
  readonly id: number;
  readonly kind: TextKind;
  readonly text: string;
}

/** One saying of a text. */
export interface TextLink {
  readonly id: number;
  readonly textId: number;
  /** Absolute path of the file that says it; 'embedded': the photo itself does; 'tags:…': the engine; 'given': somebody, over HTTP. */
  readonly source: string;
  /** The photo it speaks of, as the source says; null where it speaks of none, or is embedded. */
  readonly path: string | null;
  readonly imageId: number | null;
  readonly contentId: number | null;
  /** Of a catalogue. */
  readonly key: string | null;
  /** JSON object */
  readonly metadata: string | null;
}

export interface TextSource {
  readonly id: number;
  readonly place: string;
  /** `engine`: tags that the engine gave, see text-tags.ts. */
  readonly form: 'file' | 'sidecar' | 'embedded' | 'engine';
  readonly run: number;
  /** Null where no import came to its end. */
  readonly version: string | null;
  readonly importedAt: string | null;
}

/** A text to be kept; as `normalText` leaves it. */
export interface TextEntry {
  readonly kind: TextKind;
  readonly text: string;
  readonly path: string | null;
  readonly key: string | null;
  readonly metadata: string | null;
}

export interface TextTotals {
  readonly captions: number;
  readonly tags: number;
  readonly lines: number;
  readonly links: number;
  /** Links to a path that is not in the library. */
  readonly waiting: number;
}

/** What became of a batch. */
export interface AddedTexts {
  /** Of the texts, one for each entry. */
  readonly ids: readonly number[];
  /** Texts that were not there before. */
  readonly added: number;
  /** Entries that are joined to a photo. */
  readonly linked: number;
  /** Entries with a path that is not in the library. */
  readonly waiting: number;
}

/** A text of a photo, whoever says it. */
export interface ImageText extends TextRecord {
  readonly imageId: number;
  readonly source: string;
}

/** What a photo says of itself, as its metadata has it. */
export interface EmbeddedTexts {
  readonly title: string | null;
  readonly caption: string | null;
  readonly keywords: readonly string[];
}

const linkColumns = `l.id, l.text_id AS textId, s.place AS source, l.path, l.image_id AS imageId,
  l.content_id AS contentId, l.key, l.metadata`;
const sourceColumns = `id, place, CASE WHEN tagged_with IS NULL THEN form ELSE 'engine' END AS form, run, version,
  imported_at AS importedAt`;

export class Texts {
  readonly #connection: Connection;
  readonly #now: () => string;
  readonly #byIds: Query<TextRecord>;
  readonly #page: Query<TextRecord>;
  readonly #pageOfSource: Query<TextRecord>;
  readonly #links: Query<TextLink>;
  readonly #ofImages: Query<ImageText>;
  readonly #totals: Query<TextTotals>;
  readonly #add: Query<unknown>;
  readonly #id: Query<{ id: number }>;
  readonly #imageAt: Query<{ id: number }>;
  readonly #namesakes: Query<{ path: string }>;
  readonly #link: Query<unknown>;
  readonly #linkContent: Query<unknown>;
  readonly #unlinkContent: Query<unknown>;
  readonly #embeddedSource: Query<{ id: number }>;
  readonly #sources: Query<TextSource & { links: number }>;
  readonly #source: Query<TextSource>;
  readonly #startSource: Query<TextSource>;
  readonly #endSource: Query<unknown>;
  readonly #dropOld: Query<unknown>;
  readonly #removeLinks: Query<unknown>;
  readonly #removeSource: Query<unknown>;
  readonly #isWaiting: Query<{ id: number }>;
  readonly #removeLinksOf: Query<unknown>;
  readonly #remove: Query<unknown>;
  readonly #lastId: Query<{ id: number | null }>;
  #embeddedSourceId: number | undefined;

  constructor(connection: Connection, now: () => string) {
    this.#connection = connection;
    this.#now = now;
    this.#byIds = connection.prepare(
      'SELECT id, kind, text FROM texts WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id',
    );
    this.#page = connection.prepare(
      'SELECT id, kind, text FROM texts WHERE id > ? AND (? IS NULL OR kind = ?) ORDER BY id LIMIT ?',
    );
    this.#pageOfSource = connection.prepare(`
      SELECT id, kind, text FROM texts t WHERE id > ? AND (? IS NULL OR kind = ?) AND EXISTS
        (SELECT 1 FROM text_links l WHERE l.text_id = t.id AND l.source_id = ?) ORDER BY id LIMIT ?`);
    this.#links = connection.prepare(`
      SELECT ${linkColumns} FROM text_links l JOIN text_sources s ON s.id = l.source_id
      WHERE l.text_id = ? AND l.id > ? ORDER BY l.id LIMIT ?`);
    // CROSS JOIN keeps the order of the loops: from the few images to their texts.
    this.#ofImages = connection.prepare(`
      WITH asked AS (SELECT i.id, i.content_id FROM json_each(?) j CROSS JOIN images i ON i.id = j.value)
      SELECT a.id AS imageId, t.id, t.kind, t.text, s.place AS source
        FROM asked a CROSS JOIN text_links l ON l.image_id = a.id
        JOIN texts t ON t.id = l.text_id JOIN text_sources s ON s.id = l.source_id
      UNION
      SELECT a.id, t.id, t.kind, t.text, s.place
        FROM asked a CROSS JOIN text_links l ON l.content_id = a.content_id
        JOIN texts t ON t.id = l.text_id JOIN text_sources s ON s.id = l.source_id
      ORDER BY 1, 2, 5 LIMIT ?`);
    this.#totals = connection.prepare(`
      SELECT count(*) FILTER (WHERE kind = 'caption') AS captions, count(*) FILTER (WHERE kind = 'tag') AS tags,
        count(*) FILTER (WHERE kind = 'line') AS lines, (SELECT count(*) FROM text_links) AS links,
        (SELECT count(*) FROM text_links WHERE path IS NOT NULL AND image_id IS NULL) AS waiting
      FROM texts`);
    this.#add = connection.prepare(
      'INSERT INTO texts (kind, text, added_at) VALUES (?, ?, ?) ON CONFLICT (kind, text) DO NOTHING',
    );
    this.#id = connection.prepare('SELECT id FROM texts WHERE kind = ? AND text = ?');
    this.#imageAt = connection.prepare('SELECT id FROM images WHERE path = ?');
    this.#namesakes = connection.prepare(
      'SELECT path FROM images WHERE path > ? AND path < ? ORDER BY path LIMIT ?',
    );
    // A link whose photo moved stays with the photo, though the file still says the old path.
    this.#link = connection.prepare(`
      INSERT INTO text_links (text_id, source_id, path, image_id, key, metadata, run) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (source_id, text_id, coalesce(path, ''), coalesce(content_id, 0), coalesce(key, '')) DO UPDATE
      SET run = excluded.run, metadata = excluded.metadata, image_id = coalesce(image_id, excluded.image_id)`);
    this.#linkContent = connection.prepare(`
      INSERT INTO text_links (text_id, source_id, content_id, run) VALUES (?, ?, ?, 0)
      ON CONFLICT (source_id, text_id, coalesce(path, ''), coalesce(content_id, 0), coalesce(key, '')) DO NOTHING`);
    this.#unlinkContent = connection.prepare(`
      DELETE FROM text_links WHERE content_id = ? AND source_id = ?
        AND text_id NOT IN (SELECT value FROM json_each(?))`);
    this.#embeddedSource = connection.prepare("SELECT id FROM text_sources WHERE place = 'embedded'");
    this.#sources = connection.prepare(`
      SELECT ${sourceColumns}, (SELECT count(*) FROM text_links l WHERE l.source_id = s.id) AS links
      FROM text_sources s WHERE id > ? ORDER BY id LIMIT ?`);
    this.#source = connection.prepare(`SELECT ${sourceColumns} FROM text_sources WHERE place = ?`);
    this.#startSource = connection.prepare(`
      INSERT INTO text_sources (place, form, run) VALUES (?, ?, 1)
      ON CONFLICT (place) DO UPDATE SET run = run + 1, version = NULL RETURNING ${sourceColumns}`);
    this.#endSource = connection.prepare(
      'UPDATE text_sources SET version = ?, imported_at = ? WHERE id = ? AND run = ?',
    );
    this.#dropOld = connection.prepare(
      'DELETE FROM text_links WHERE id IN (SELECT id FROM text_links WHERE source_id = ? AND run <> ? LIMIT ?)',
    );
    this.#removeLinks = connection.prepare(
      'DELETE FROM text_links WHERE id IN (SELECT id FROM text_links WHERE source_id = ? LIMIT ?)',
    );
    this.#removeSource = connection.prepare("DELETE FROM text_sources WHERE id = ? AND form <> 'embedded'");
    this.#removeLinksOf = connection.prepare(
      'DELETE FROM text_links WHERE id IN (SELECT id FROM text_links WHERE text_id = ? LIMIT ?)',
    );
    this.#remove = connection.prepare('DELETE FROM texts WHERE id = ?');
    this.#lastId = connection.prepare('SELECT max(id) AS id FROM texts');
    this.#isWaiting = connection.prepare(
      'SELECT id FROM text_links WHERE source_id = ? AND path IS NOT NULL AND image_id IS NULL LIMIT 1',
    );
  }

  /** 0 where there are none; about as many texts as there are. */
  lastId(): number {
    return this.#lastId.get()?.id ?? 0;
  }

  byIds(ids: readonly number[]): TextRecord[] {
    return this.#byIds.all(JSON.stringify(ids));
  }

  /** By id, those after `after` (0 for the first page). */
  page(
    after: number,
    limit: number,
    only: { readonly kind?: TextKind; readonly sourceId?: number } = {},
  ): TextRecord[] {
    const kind = only.kind ?? null;
    if (only.sourceId === undefined) return this.#page.all(after, kind, kind, limit);
    return this.#pageOfSource.all(after, kind, kind, only.sourceId, limit);
  }

  /** Who says this text, and of what; those after the link `after` (0 for the first page). */
  links(textId: number, after: number, limit: number): TextLink[] {
    return this.#links.all(textId, after, limit);
  }

  /** The texts of some photos, by photo, at most `limit` in all. */
  ofImages(imageIds: readonly number[], limit: number): ImageText[] {
    return this.#ofImages.all(JSON.stringify(imageIds), limit);
  }

  totals(): TextTotals {
    return this.#totals.get() ?? { captions: 0, tags: 0, lines: 0, links: 0, waiting: 0 };
  }

  /** Sources by id, those after `after` (0 for the first page), with the number of their links. */
  sources(after: number, limit: number): (TextSource & { readonly links: number })[] {
    return this.#sources.all(after, limit);
  }

  source(place: string): TextSource | undefined {
    return this.#source.get(place);
  }

  /** Whether the image of this path is in the library. */
  hasImageAt(path: string): boolean {
    return this.#imageAt.get(path) !== undefined;
  }

  /** Paths of images that are `place`, a dot and something; by path, at most `limit`. */
  namesakes(place: string, limit: number): string[] {
    // The character after the dot is the slash, so what lies below a folder of this name comes too.
    return this.#namesakes.all(`${place}.`, `${place}/`, limit).map((row) => row.path);
  }

  /** Begins an import: what `add` does not meet until `finish` is no longer in the file. */
  start(place: string, form: 'file' | 'sidecar'): TextSource {
    const row = this.#startSource.get(place, form);
    if (row === undefined) throw new Error('RETURNING gave no row');
    return row;
  }

  /** All entries or none, in one transaction. */
  add(source: TextSource, entries: readonly TextEntry[]): AddedTexts {
    return this.#connection.transaction(() => {
      const ids: number[] = [];
      let [added, linked, waiting] = [0, 0, 0];
      for (const { kind, text, path, key, metadata } of entries) {
        const { id, isNew } = this.keep(kind, text);
        const imageId = path === null ? null : (this.#imageAt.get(path)?.id ?? null);
        this.#link.run(id, source.id, path, imageId, key, metadata, source.run);
        ids.push(id);
        added += isNew ? 1 : 0;
        linked += imageId === null ? 0 : 1;
        waiting += path !== null && imageId === null ? 1 : 0;
      }
      return { ids, added, linked, waiting };
    });
  }

  /**
   * Drops links of earlier runs, at most `limit`; call it until it returns 0.
   * @returns how many were dropped
   */
  dropOld(source: TextSource, limit: number): number {
    return this.#connection.transaction(() => this.#dropOld.run(source.id, source.run, limit).changes);
  }

  /** Notes that the import came to its end. */
  finish(source: TextSource, version: string): void {
    this.#endSource.run(version, this.#now(), source.id, source.run);
  }

  /** Whether some link of this source waits for its photo. */
  isWaiting(sourceId: number): boolean {
    return this.#isWaiting.get(sourceId) !== undefined;
  }

  /**
   * Removes links of a source, at most `limit`, and with the last one the source; texts that nobody says any
   * more go too. Call it until it returns 0.
   * @returns how many links were removed
   */
  removeSource(sourceId: number, limit: number): number {
    return this.#connection.transaction(() => {
      const { changes } = this.#removeLinks.run(sourceId, limit);
      if (changes === 0) this.#removeSource.run(sourceId);
      return changes;
    });
  }

  /** Removes sayings of a text, at most `limit`. @returns how many; with the last one the text goes */
  removeLinksOf(textId: number, limit: number): number {
    return this.#connection.transaction(() => this.#removeLinksOf.run(textId, limit).changes);
  }

  /** With all that is left of its sayings. */
  remove(textId: number): void {
    this.#connection.transaction(() => this.#remove.run(textId));
  }

  /**
   * Sets what the bytes of a photo say of themselves. Runs inside the caller's transaction. Texts that cannot be
   * kept (empty, of another encoding, too long) are passed over: the photo is fine without them.
   */
  setEmbedded(contentId: number, { title, caption, keywords }: EmbeddedTexts): void {
    this.#embeddedSourceId ??= this.#embeddedSource.get()?.id;
    const sourceId = this.#embeddedSourceId;
    if (sourceId === undefined) throw new Error('the source "embedded" is missing');
    const ids: number[] = [];
    const keep = (kind: TextKind, raw: string | null): void => {
      const normal = normalText(raw ?? '');
      if (!('text' in normal)) return;
      const { id } = this.keep(kind, normal.text);
      this.#linkContent.run(id, sourceId, contentId);
      ids.push(id);
    };
    keep('caption', title);
    keep('caption', caption);
    for (const keyword of keywords) keep('tag', keyword);
    this.#unlinkContent.run(contentId, sourceId, JSON.stringify(ids));
  }

  /** The text, which goes again unless it is linked. Runs inside the caller's transaction. */
  keep(kind: TextKind, text: string): { readonly id: number; readonly isNew: boolean } {
    const known = this.#id.get(kind, text);
    if (known !== undefined) return { id: known.id, isNew: false };
    return { id: this.#add.run(kind, text, this.#now()).lastId, isNew: true };
  }
}
