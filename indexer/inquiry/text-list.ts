/**
 * The texts of the library with some words in them, a page at a time.
 * Source: our own. Deviation: no index. The one of words holds what is written about photos, and lines of a catalogue need not
 * speak of any; a million texts are read in some two seconds.
 */
import { folded, type Store, type TextKind, type TextRecord } from '../store/index.ts';

export interface TextRequest {
  /** Each stands in the text, in any case of letters, as a part of a word or a whole one. */
  readonly words: readonly string[];
  /** null: all */
  readonly kind: TextKind | null;
  /** Id of the last text of the page before; 0 for the first. */
  readonly after: number;
  readonly limit: number;
}

export interface TextPage {
  /** Oldest first. */
  readonly texts: readonly TextRecord[];
  /** Where the next page begins; null: there is none. A page may be shorter and not the last. */
  readonly next: number | null;
  /** Of all pages, where it is known: for the first page, without words. */
  readonly total: number | null;
}

const TEXTS_PER_READ = 1000;
/** Who looks for something rare gets an answer in between. */
const TEXTS_PER_PAGE_MAX = 200_000;

/** On the calling thread. */
export function textPage(store: Store, { words, kind, after, limit }: TextRequest): TextPage {
  const wanted = words.map((word) => folded(word));
  const texts: TextRecord[] = [];
  const total = after === 0 && words.length === 0 ? totalOf(store, kind) : null;
  let last = after;
  for (let read = 0; read < TEXTS_PER_PAGE_MAX; read += TEXTS_PER_READ) {
    const rows = store.texts.page(last, TEXTS_PER_READ, kind === null ? {} : { kind });
    for (const row of rows) {
      const text = wanted.length === 0 ? '' : folded(row.text);
      if (!wanted.every((word) => text.includes(word))) continue;
      // One more than asked for tells that there is more.
      if (texts.length === limit) return { texts, next: texts.at(-1)?.id ?? null, total };
      texts.push(row);
    }
    if (rows.length < TEXTS_PER_READ) return { texts, next: null, total };
    last = rows.at(-1)?.id ?? last;
  }
  return { texts, next: last, total };
}

function totalOf(store: Store, kind: TextKind | null): number {
  const { captions, tags, lines } = store.texts.totals();
  const byKind = { caption: captions, tag: tags, line: lines };
  return kind === null ? captions + tags + lines : byKind[kind];
}
