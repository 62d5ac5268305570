/**
 * What is written about a content, gathered for the index of words.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import type { Connection, Query } from './connection.ts';

/** The columns of the index, in its order. */
export const wordColumns = ['name', 'caption', 'keywords', 'camera', 'place'] as const;
export type WordColumn = (typeof wordColumns)[number];
export type WordDocument = Readonly<Record<WordColumn, string>>;

/** A file that lies in more places is found by the oldest ones. */
const PLACES_MAX = 20;
const TEXTS_MAX = 200;
/** Of one column: a catalogue may say a novel of one photo, and nobody looks for its end. */
const CHARACTERS_MAX = 20_000;

interface Facts {
  readonly title: string | null;
  readonly caption: string | null;
  readonly keywords: string | null;
  readonly camera: string | null;
  readonly lens: string | null;
  readonly location: string | null;
}

export class WordDocuments {
  readonly #facts: Query<Facts>;
  readonly #places: Query<{ path: string; root: string }>;
  readonly #texts: Query<{ kind: string; text: string }>;

  constructor(connection: Connection) {
    this.#facts = connection.prepare(
      'SELECT title, caption, keywords, camera, lens, location FROM contents WHERE id = ?',
    );
    this.#places = connection.prepare(`
      SELECT i.path, r.path AS root FROM images i JOIN roots r ON r.id = i.root_id
      WHERE i.content_id = ? ORDER BY i.id LIMIT ${PLACES_MAX}`);
    // Tags that the engine gave say nothing that its vectors do not say.
    this.#texts = connection.prepare(`
      SELECT t.kind, t.text FROM text_links l JOIN texts t ON t.id = l.text_id
        JOIN text_sources s ON s.id = l.source_id WHERE l.content_id = ? AND s.tagged_with IS NULL
      UNION
      SELECT t.kind, t.text FROM images i CROSS JOIN text_links l ON l.image_id = i.id
        JOIN texts t ON t.id = l.text_id JOIN text_sources s ON s.id = l.source_id
      WHERE i.content_id = ? AND s.tagged_with IS NULL
      LIMIT ${TEXTS_MAX}`);
  }

  /** undefined: it lies nowhere any more */
  of(contentId: number): WordDocument | undefined {
    const facts = this.#facts.get(contentId);
    const places = this.#places.all(contentId);
    if (facts === undefined || places.length === 0) return undefined;
    const texts = this.#texts.all(contentId, contentId);
    const tags = texts.filter(({ kind }) => kind === 'tag').map(({ text }) => text);
    const others = texts.filter(({ kind }) => kind !== 'tag').map(({ text }) => text);
    return {
      name: joined(places.map((place) => nameWords(place.path, place.root))),
      caption: joined([facts.title, facts.caption, ...others]),
      keywords: joined([...(JSON.parse(facts.keywords ?? '[]') as string[]), ...tags]),
      camera: joined([facts.camera, facts.lens]),
      place: joined([facts.location]),
    };
  }
}

/** `/home/me/Pictures/RomeTrip/IMG_1234.jpg` below `/home/me/Pictures`: `Pictures Rome Trip IMG_1234` */
export function nameWords(file: string, root: string): string {
  const below = path.relative(path.dirname(root), file);
  return partedWords(below.slice(0, below.length - path.extname(below).length));
}

/** `RomeTrip2019` is three words: a letter between small and capital, and one beside a digit, begin a new one. */
export function partedWords(text: string): string {
  return text
    .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .replace(/(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/gu, ' ');
}

/** Each text once. A line between two keeps a phrase from reaching over. */
function joined(texts: readonly (string | null)[]): string {
  const unique = new Set(texts.filter((text) => text !== null));
  return [...unique].join('\n').slice(0, CHARACTERS_MAX);
}
