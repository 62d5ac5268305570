/**
 * One lookup: nearest texts, read together with the photo, cut off, with who says them.
 * Source: our own. Deviation: none.
 */
import { cosine, labelVectors, textKinds, type Searchable } from '../../indexer/index.ts';
import { AppError, type Embedder } from '../../model/index.ts';
import { MatchCalibration, relativeCutoff } from '../calibration/index.ts';
import { EqualTextGroups, type EqualTexts } from './equal-texts.ts';
import type { LookupEngineOptions } from './lookup-engine.ts';
import type { CheckedLookup, LookupHit, LookupLink, LookupResponse } from './lookup-request.ts';
import { nearestTexts, throwIfAborted } from './nearest-texts.ts';
import { pictureVector, storedVector } from './photo-vectors.ts';
import { unjudged, verifyTexts, type JudgedText, type PhotoToRead, type Verified } from './verify-texts.ts';

/** Listed with each hit; more are counted. */
const LINKS_PER_HIT = 20;

/** What is looked for, as the model sees it. */
interface Query {
  readonly vector: Float32Array;
  /** null where a text was asked with */
  readonly photo: PhotoToRead | null;
  readonly truncated: boolean;
}

export class LookupRun {
  readonly #options: LookupEngineOptions;
  readonly #embedder: Embedder;
  readonly #searchable: Searchable;
  readonly #wanted: CheckedLookup;
  readonly #signal: AbortSignal | undefined;
  readonly #notices: string[] = [];

  constructor(
    options: LookupEngineOptions,
    embedder: Embedder,
    searchable: Searchable,
    wanted: CheckedLookup,
    signal: AbortSignal | undefined,
  ) {
    this.#options = options;
    this.#embedder = embedder;
    this.#searchable = searchable;
    this.#wanted = wanted;
    this.#signal = signal;
  }

  async answer(start: number): Promise<LookupResponse> {
    const encodingAt = performance.now();
    const query = await this.#query();
    const searchingAt = performance.now();
    const ownIds = this.#ownIds(query);
    const near = await this.#nearest(query, ownIds);
    const verifyingAt = performance.now();
    const verified = await this.#verified(query, near);
    const hydratingAt = performance.now();
    const { kept, cutoff } = this.#cut(verified);
    const hits = kept.slice(0, this.#wanted.limit).map((text, index) => this.#hit(text, index + 1, ownIds));
    const end = performance.now();
    return {
      texts: hits,
      nothingMatches: this.#nothingMatches(verified.texts),
      cutoff,
      reranked: verified.reranked,
      truncatedText: query.truncated,
      notices: [...this.#notices, ...verified.notices],
      generation: this.#searchable.generation.id,
      timings: {
        encodeMs: searchingAt - encodingAt,
        annMs: verifyingAt - searchingAt,
        rerankMs: hydratingAt - verifyingAt,
        hydrateMs: end - hydratingAt,
        totalMs: end - start,
      },
    };
  }

  async #query(): Promise<Query> {
    const { library, limits } = this.#options;
    const { query } = this.#wanted;
    const signal = this.#signal === undefined ? {} : { signal: this.#signal };
    if ('text' in query) {
      const [encoded] = await this.#embedder.encodeTexts([query.text], signal);
      if (encoded === undefined) throw new Error('the encoder gave no vector for a text');
      return { vector: encoded.vector, photo: null, truncated: encoded.truncated };
    }
    if ('id' in query.image) {
      const { vector, contentId } = storedVector(library, this.#searchable.generation, query.image.id);
      return { vector, photo: { contentId }, truncated: false };
    }
    const { picture } = query.image;
    const vector = await pictureVector(this.#embedder, picture, { ...limits, ...signal });
    return { vector, photo: { contentId: null, picture }, truncated: false };
  }

  /** Texts that are said of the photo. */
  #ownIds({ photo }: Query): ReadonlySet<number> {
    if (photo === null || photo.contentId === null) return new Set();
    return this.#options.library.store.textLookup.ofContent(photo.contentId);
  }

  async #nearest(query: Query, ownIds: ReadonlySet<number>): Promise<readonly EqualTexts[]> {
    const { texts, kinds, limit, rerank, own } = this.#wanted;
    if (texts !== null) return this.#nearestBrought(query, texts);
    const { library } = this.#options;
    const near = await nearestTexts(library, this.#searchable, query.vector, {
      kinds,
      count: Math.max(limit, rerank?.k ?? 0),
      without: own ? new Set() : ownIds,
      signal: this.#signal,
    });
    this.#noteCorpus(near.length === 0);
    return near;
  }

  async #nearestBrought({ vector }: Query, texts: readonly string[]): Promise<readonly EqualTexts[]> {
    const labels = texts.map((text) => ({ tag: text, phrase: text }));
    const vectors = await labelVectors(this.#embedder, labels, { templates: ['{}'], signal: this.#signal });
    const groups = new EqualTextGroups();
    for (const [index, own] of vectors.entries()) {
      const text = texts[index] ?? '';
      groups.add({ id: null, kind: null, text, score: cosine(vector, own), vector: own });
    }
    throwIfAborted(this.#signal);
    return groups.sorted();
  }

  /** A person whose library has no texts is told how it gets some. */
  #noteCorpus(isEmpty: boolean): void {
    const { texts, withVector } = this.#options.library.store.textLookup.counts(
      this.#searchable.generation.id,
    );
    const missing = textKinds.reduce((sum, kind) => sum + texts[kind] - withVector[kind], 0);
    if (missing > 0) {
      this.#notices.push(`${missing} texts have no vector yet and are not found; run "imglish texts embed"`);
    }
    if (!isEmpty || missing > 0) return;
    if (textKinds.every((kind) => texts[kind] === 0)) {
      this.#notices.push(
        'the library has no texts yet: import captions or a catalogue with "imglish texts import <file>", or tag the photos with "imglish tag"',
      );
      return;
    }
    const there = textKinds.map((kind) => `${texts[kind]} of kind ${kind}`).join(', ');
    this.#notices.push(
      `no other text of kind ${this.#wanted.kinds.join(' or ')} is there; there are ${there}`,
    );
  }

  async #verified(
    { photo }: Query,
    near: readonly EqualTexts[],
  ): Promise<Omit<Verified, 'reranked'> & { readonly reranked: Verified['reranked'] | null }> {
    const { rerank } = this.#wanted;
    const { scorer } = this.#options;
    const plain = { texts: near.map((text) => unjudged(text)), reranked: null, notices: [] };
    if (rerank === null || photo === null) return plain;
    if (scorer?.canFuse(this.#embedder) !== true) {
      if (!rerank.isAsked) return plain;
      throw new AppError(
        'UNSUPPORTED',
        `rerank: model "${this.#embedder.name}" cannot read photo and text together; leave it out, or use a model with a matching head`,
      );
    }
    // Without a calibration nobody knows how much the reading weighs against the cosine: it decides only where it was asked.
    const isKnown = MatchCalibration.of(this.#embedder) !== null;
    if (near.length === 0 || (!isKnown && !rerank.isAsked)) return plain;
    return verifyTexts(scorer, near, {
      embedder: this.#embedder,
      generationId: this.#searchable.generation.id,
      photo,
      k: rerank.k,
      budgetMs: rerank.budgetMs,
      vectorOf: (text) => this.#vectorOf(text),
      signal: this.#signal,
    });
  }

  #vectorOf({ best }: EqualTexts): Float32Array | undefined {
    if (best.vector !== undefined || best.id === null) return best.vector;
    const { id, dimension } = this.#searchable.generation;
    return this.#options.library.store.textVectors.get(id, best.id, dimension);
  }

  #cut({ texts }: Pick<Verified, 'texts'>): {
    readonly kept: readonly JudgedText[];
    readonly cutoff: LookupResponse['cutoff'];
  } {
    const { minMatch } = this.#wanted;
    if (minMatch === null) return { kept: texts, cutoff: null };
    const calibration = MatchCalibration.of(this.#embedder);
    if (calibration === null || texts.every(({ pMatch }) => pMatch === null)) {
      const { value } = relativeCutoff(texts.map(({ best }) => best.score).toSorted((a, b) => b - a));
      if (minMatch !== 'default') {
        this.#notices.push(
          'minMatch: no probability is known here, so texts are left out whose cosine is far below the best one',
        );
      }
      return { kept: texts.filter(({ best }) => best.score >= value), cutoff: { kind: 'relative', value } };
    }
    const value = minMatch === 'default' ? calibration.cutoff : minMatch;
    // One that was not read together with the photo is not known to be above.
    const kept = texts.filter(({ pMatch }) => pMatch !== null && pMatch >= value);
    return { kept, cutoff: { kind: 'pMatch', value } };
  }

  #nothingMatches(texts: readonly JudgedText[]): boolean | null {
    const calibration = MatchCalibration.of(this.#embedder);
    const known = texts.flatMap(({ pMatch }) => pMatch ?? []);
    if (calibration === null || known.length === 0) return null;
    return Math.max(...known) < calibration.cutoff;
  }

  #hit({ best, members, pMatch }: JudgedText, rank: number, ownIds: ReadonlySet<number>): LookupHit {
    const ids = members.flatMap(({ id }) => id ?? []).toSorted((a, b) => a - b);
    const calibration = MatchCalibration.of(this.#embedder);
    const { textLookup } = this.#options.library.store;
    return {
      id: best.id,
      kind: best.kind,
      kinds: textKinds.filter((kind) => members.some((member) => member.kind === kind)),
      text: best.text,
      score: best.score,
      pMatch,
      band: pMatch === null ? null : (calibration?.band(pMatch) ?? null),
      rank,
      own: ids.some((id) => ownIds.has(id)),
      links: this.#links(ids),
      linkCount: ids.reduce((sum, id) => sum + textLookup.sayingCount(id), 0),
    };
  }

  #links(textIds: readonly number[]): LookupLink[] {
    const { textLookup } = this.#options.library.store;
    const links: LookupLink[] = [];
    for (const id of textIds) {
      if (links.length >= LINKS_PER_HIT) break;
      for (const { source, imageId, path, key, metadata } of textLookup.sayings(
        id,
        LINKS_PER_HIT - links.length,
      )) {
        links.push({
          source,
          imageId,
          path,
          key,
          metadata: metadata === null ? null : (JSON.parse(metadata) as unknown),
        });
      }
    }
    return links;
  }
}
