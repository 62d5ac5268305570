/**
 * What one asks of a lookup, checked, and what it answers.
 * Source: DESIGN, "HTTP" (/v1/lookup). Deviation: none.
 */
import { textKinds, type TextKind } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import type { MatchBand } from '../calibration/index.ts';
import type { ImageInput } from '../request.ts';

export interface LookupRequest {
  /** What to find texts for: exactly one of `image` and `text`. */
  readonly image?: ImageInput;
  readonly text?: string;
  /** Default: all kinds. */
  readonly kinds?: readonly TextKind[];
  /** 1 to 1000, default 20 */
  readonly limit?: number;
  /** Whether texts that are said of the photo itself are found too; default true. */
  readonly own?: boolean;
  /** These texts instead of those of the library, at most 10,000. */
  readonly texts?: readonly string[];
  /**
   * Which texts are read together with the photo: the `k` nearest (1 to 1000, default 32), as far as the budget reaches.
   * Default: where there is a photo, and the model can read it and says what that is worth (a calibration).
   */
  readonly rerank?: { readonly k?: number; readonly budgetMs?: number } | false;
  /** Texts with a lower pMatch are left out; 'default': the cut-off of the model. Default: none is left out. */
  readonly minMatch?: number | 'default';
}

/** A photo or a catalogue entry that a text belongs to. */
export interface LookupLink {
  /** Who says so: absolute path of a file, 'embedded' (the photo itself), or 'tags:…' (the engine). */
  readonly source: string;
  /** Of the photo; null where it is not in the library. */
  readonly imageId: number | null;
  readonly path: string | null;
  /** Of a catalogue. */
  readonly key: string | null;
  readonly metadata: unknown;
}

export interface LookupHit {
  /** Of the text; null where it was brought with the request. */
  readonly id: number | null;
  readonly kind: TextKind | null;
  /** More than one where the same words are of several kinds. */
  readonly kinds: readonly TextKind[];
  readonly text: string;
  /** cosine of the dual encoder; has no universal threshold */
  readonly score: number;
  /** Calibrated probability that photo and text belong together; null where it was not, or cannot be, told. */
  readonly pMatch: number | null;
  readonly band: MatchBand | null;
  /** from 1 */
  readonly rank: number;
  /** Whether it is said of the photo that was asked for. */
  readonly own: boolean;
  /** At most 20. */
  readonly links: readonly LookupLink[];
  /** All of them. */
  readonly linkCount: number;
}

export interface LookupResponse {
  /** Best first. */
  readonly texts: readonly LookupHit[];
  /** Whether the best is below the default cut-off; null where that cannot be told. */
  readonly nothingMatches: boolean | null;
  /** What `minMatch` came to; null where nothing was left out. */
  readonly cutoff: { readonly kind: 'pMatch' | 'relative'; readonly value: number } | null;
  /** null where nothing was read together with the photo */
  readonly reranked: { readonly asked: number; readonly scored: number; readonly fromCache: number } | null;
  /** The text that was asked with is longer than the model reads. */
  readonly truncatedText: boolean;
  /** What a person should know, such as how to get texts where there are none. */
  readonly notices: readonly string[];
  readonly generation: number;
  readonly timings: LookupTimings;
}

/** milliseconds */
export interface LookupTimings {
  readonly encodeMs: number;
  readonly annMs: number;
  readonly rerankMs: number;
  readonly hydrateMs: number;
  readonly totalMs: number;
}

export interface CheckedLookup {
  readonly query: { readonly image: ImageInput } | { readonly text: string };
  readonly kinds: readonly TextKind[];
  readonly limit: number;
  readonly own: boolean;
  readonly texts: readonly string[] | null;
  readonly rerank: {
    readonly k: number;
    readonly budgetMs: number | undefined;
    readonly isAsked: boolean;
  } | null;
  readonly minMatch: number | 'default' | null;
}

const LIMIT_DEFAULT = 20;
const RERANK_DEFAULT = 32;
const COUNT_MAX = 1000;
const TEXT_CHARACTERS_MAX = 10_000;
const OWN_TEXTS_MAX = 10_000;

const fields = ['image', 'text', 'kinds', 'limit', 'own', 'texts', 'rerank', 'minMatch'];

/** @throws AppError INVALID_ARGUMENT, TEXT_INVALID */
export function checkLookup(request: LookupRequest): CheckedLookup {
  const unknown = Object.keys(request).find((name) => !fields.includes(name));
  if (unknown !== undefined) throw wrong(`"${unknown}" is unknown, expected ${fields.join(', ')}`);
  const { limit = LIMIT_DEFAULT, own = true, texts, kinds = textKinds } = request;
  const query = queryOf(request);
  const strange = kinds.find((kind) => !textKinds.includes(kind));
  if (strange !== undefined || kinds.length === 0) {
    throw wrong(`kinds: "${strange ?? ''}", expected at least one of ${textKinds.join(', ')}`);
  }
  return {
    query,
    kinds: textKinds.filter((kind) => kinds.includes(kind)),
    limit: count(limit, 'limit'),
    own,
    texts: texts === undefined ? null : ownTexts(texts),
    rerank: rerankOf(request, 'image' in query),
    minMatch: minMatchOf(request.minMatch),
  };
}

function queryOf({ image, text }: LookupRequest): CheckedLookup['query'] {
  if ((image === undefined) === (text === undefined)) {
    throw wrong(`found ${image === undefined ? 'neither' : 'both'}, expected either "image" or "text"`);
  }
  if (image !== undefined) return { image };
  if (text === undefined || text.trim() === '') {
    throw new AppError('TEXT_INVALID', 'text: is empty, expected words to find texts for');
  }
  if (text.length <= TEXT_CHARACTERS_MAX) return { text };
  throw new AppError(
    'TEXT_INVALID',
    `text: has ${text.length} characters, expected at most ${TEXT_CHARACTERS_MAX}; shorten it`,
  );
}

function rerankOf({ rerank }: LookupRequest, hasImage: boolean): CheckedLookup['rerank'] {
  if (rerank === false) return null;
  if (rerank === undefined)
    return hasImage ? { k: RERANK_DEFAULT, budgetMs: undefined, isAsked: false } : null;
  if (!hasImage) {
    throw wrong('rerank: a text was asked with, expected an image; texts are read together with photos only');
  }
  const { k = RERANK_DEFAULT, budgetMs } = rerank;
  if (budgetMs !== undefined && !(budgetMs >= 0)) {
    throw wrong(`rerank.budgetMs: ${budgetMs}, expected milliseconds, 0 or more`);
  }
  return { k: count(k, 'rerank.k'), budgetMs, isAsked: true };
}

function minMatchOf(minMatch: LookupRequest['minMatch']): CheckedLookup['minMatch'] {
  if (minMatch === undefined) return null;
  if (minMatch === 'default' || (minMatch >= 0 && minMatch <= 1)) return minMatch;
  throw wrong(`minMatch: ${minMatch}, expected a probability from 0 to 1, or "default"`);
}

function ownTexts(texts: readonly string[]): readonly string[] {
  if (texts.length === 0 || texts.length > OWN_TEXTS_MAX) {
    throw wrong(`texts: ${texts.length} of them, expected 1 to ${OWN_TEXTS_MAX}`);
  }
  const index = texts.findIndex((text) => text.trim() === '' || text.length > TEXT_CHARACTERS_MAX);
  if (index === -1) return texts;
  throw new AppError(
    'TEXT_INVALID',
    `texts[${index}]: has ${texts[index]?.length ?? 0} characters, expected 1 to ${TEXT_CHARACTERS_MAX}`,
  );
}

function count(value: number, name: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= COUNT_MAX) return value;
  throw wrong(`${name}: ${value}, expected a whole number from 1 to ${COUNT_MAX}`);
}

function wrong(message: string): AppError {
  return new AppError('INVALID_ARGUMENT', `lookup: ${message}`);
}
