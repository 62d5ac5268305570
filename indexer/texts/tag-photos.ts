/**
 * Tags for a whole library: each photo gets the labels of a list that it shows.
 * Source: Radford et al. 2021 (labels as prompts); the rules are our own, measured on Flickr8k. Deviation: none.
 *
 * Only photos that were not looked at with the same list, prompts, rule and model are looked at, so a run that was killed
 * goes on where it was, and a later one costs what is new. The tags have a source of their own (`tags:<list>`).
 */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, type Embedder } from '../../model/index.ts';
import type { JobProgress, JobSkip } from '../jobs/job-queue.ts';
import type { Library } from '../library/library.ts';
import { WorkMeter } from '../pipeline/work-meter.ts';
import {
  tagPlace,
  type Generation,
  type GivenTag,
  type TaggedContent,
  type TagSource,
} from '../store/index.ts';
import { embedMissingTexts } from './embed-texts.ts';
import { LabelRanking, type RankedLabel } from './label-ranking.ts';
import { checkTemplates, promptTemplates } from './label-vectors.ts';
import { digestOf, type LabelList } from './labels.ts';
import { OUTSTANDING_MIN } from './prominence.ts';

/** A photo of the library and a text that may belong to it. */
export interface PairToVerify {
  readonly contentId: number;
  readonly text: string;
  /** of the text: float32 [D], unit length */
  readonly vector: Float32Array;
  readonly cosine: number;
}

/** Reads photo and text together, which the searching side of the engine can. */
export interface PairVerifier {
  /** The probability below which a pair is no match by default; null where it cannot tell with this model. */
  cutoffOf(embedder: Embedder): number | null;
  /** @returns a probability per pair, in their order; undefined where the photo cannot be read */
  verify(
    embedder: Embedder,
    generationId: number,
    pairs: readonly PairToVerify[],
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly (number | undefined)[]>;
}

export interface TagPhotosOptions {
  readonly list: LabelList;
  /** Default: `promptTemplates`. */
  readonly templates?: readonly string[];
  /** Tags that a photo gets at most, 1 to 50, default 8. */
  readonly perPhoto?: number;
  /** 0 to 1: tags with a lower probability are not given; default: the cut-off of the model. Needs a verifier. */
  readonly minMatch?: number;
  /** null: by the cosines alone, with the relative rule. */
  readonly verifier: PairVerifier | null;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: JobProgress) => void) | undefined;
  readonly onSkip?: ((skip: JobSkip) => void) | undefined;
}

export interface TagReport {
  /** Of the tags; for `removeTexts` and lists. */
  readonly source: string;
  readonly labels: number;
  /** Photos (contents) that were looked at in this run. */
  readonly photos: number;
  /** Of those: with at least one tag. */
  readonly tagged: number;
  readonly tags: number;
  readonly skipped: number;
  /** What decided. */
  readonly rule: 'pMatch' | 'relative';
  /** The lowest pMatch; or of the relative rule how many standard deviations a label must stand out. */
  readonly threshold: number;
  readonly seconds: number;
}

export const TAGS_PER_PHOTO_DEFAULT = 8;
export const TAGS_PER_PHOTO_MAX = 50;

/** Photos that are committed at once: with the fusion encoder a second or two. */
const PHOTOS_PER_COMMIT = 16;
const LINKS_PER_REMOVAL = 1000;

/**
 * @throws AppError INVALID_ARGUMENT, UNSUPPORTED (minMatch with a model that cannot tell), ABORTED, INFERENCE_FAILED,
 *   DISK_FULL; what is committed stays
 */
export async function tagPhotos(
  library: Library,
  embedder: Embedder,
  options: TagPhotosOptions,
): Promise<TagReport> {
  const start = performance.now();
  const run = new TagRun(library, embedder, options);
  await run.tagAll();
  await embedMissingTexts(library, embedder, { signal: options.signal });
  return { ...run.report, seconds: (performance.now() - start) / 1000 };
}

interface Rule {
  readonly name: TagReport['rule'];
  readonly threshold: number;
}

class TagRun {
  readonly #library: Library;
  readonly #embedder: Embedder;
  readonly #options: TagPhotosOptions;
  readonly #rule: Rule;
  readonly #templates: readonly string[];
  readonly #perPhoto: number;
  #photos = 0;
  #tagged = 0;
  #tags = 0;
  #skipped = 0;

  /** @throws AppError INVALID_ARGUMENT, UNSUPPORTED */
  constructor(library: Library, embedder: Embedder, options: TagPhotosOptions) {
    this.#library = library;
    this.#embedder = embedder;
    this.#options = options;
    this.#perPhoto = perPhotoOf(options);
    this.#templates = checkTemplates(options.templates ?? promptTemplates);
    this.#rule = ruleOf(embedder, options);
  }

  get report(): Omit<TagReport, 'seconds'> {
    const { list } = this.#options;
    return {
      source: tagPlace(list.name),
      labels: list.labels.length,
      photos: this.#photos,
      tagged: this.#tagged,
      tags: this.#tags,
      skipped: this.#skipped,
      rule: this.#rule.name,
      threshold: this.#rule.threshold,
    };
  }

  async tagAll(): Promise<void> {
    const { list, onProgress } = this.#options;
    const { textTags, texts } = this.#library.store;
    const generation = this.#library.generationFor(this.#embedder);
    const source = textTags.start(list.name, this.#key());
    const meter = new WorkMeter(onProgress);
    const total = textTags.waitingCount(source, generation.id);
    // Encoding the labels takes longer than seeing that nothing is new.
    if (total > 0) await this.#tagWaiting(source, generation, meter, total);
    // Of photos that this model has no vector of.
    const whole = texts.source(tagPlace(list.name));
    if (whole !== undefined) while (texts.dropOld(whole, LINKS_PER_REMOVAL) > 0);
    if (this.#skipped === 0) textTags.finish(source);
    this.#progress(meter, total, true);
  }

  async #tagWaiting(
    source: TagSource,
    generation: Generation,
    meter: WorkMeter,
    total: number,
  ): Promise<void> {
    const { list, signal } = this.#options;
    const { textTags } = this.#library.store;
    const ranking = await LabelRanking.prepare(this.#library, this.#embedder, {
      labels: list.labels,
      templates: this.#templates,
      count: this.#perPhoto,
      outstanding: this.#rule.name === 'relative' ? this.#rule.threshold : null,
      signal,
    });
    for (let after = 0; ;) {
      if (signal?.aborted === true) {
        throw new AppError(
          'ABORTED',
          `${tagPlace(list.name)}: was stopped; what was tagged stays, run it again to go on`,
        );
      }
      const page = textTags.waiting(source, generation, after, PHOTOS_PER_COMMIT);
      const last = page.at(-1);
      if (last === undefined) break;
      const photos = page.map(({ contentId, vector }) => ({ contentId, candidates: ranking.of(vector) }));
      const contents =
        this.#rule.name === 'pMatch' ? await this.#verified(generation.id, photos) : photos.map(unverified);
      this.#tags += textTags.set(source, contents);
      this.#photos += contents.length;
      this.#tagged += contents.filter(({ tags }) => tags.length > 0).length;
      after = last.contentId;
      this.#progress(meter, total);
      // Searches go on meanwhile.
      await nextTurn();
    }
  }

  #progress(meter: WorkMeter, total: number, isLast = false): void {
    const skipped = this.#skipped;
    meter.update('tagging', { done: this.#photos + skipped, total, skipped, isLast });
  }

  /** Everything that decides which tags a photo gets. */
  #key(): string {
    const parts = [
      digestOf(this.#options.list.labels),
      this.#templates,
      this.#perPhoto,
      this.#rule,
      this.#embedder.identity,
    ];
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  }

  async #verified(
    generationId: number,
    photos: readonly { readonly contentId: number; readonly candidates: readonly RankedLabel[] }[],
  ): Promise<TaggedContent[]> {
    const { verifier, signal } = this.#options;
    const pairs = photos.flatMap(({ contentId, candidates }) =>
      candidates.map(({ label, vector, cosine }) => ({ contentId, text: label.phrase, vector, cosine })),
    );
    const found = (await verifier?.verify(this.#embedder, generationId, pairs, { signal })) ?? [];
    const contents: TaggedContent[] = [];
    let next = 0;
    for (const { contentId, candidates } of photos) {
      const own = found.slice(next, next + candidates.length);
      next += candidates.length;
      if (own.includes(undefined)) {
        this.#skip(contentId);
        continue;
      }
      const tags = candidates.flatMap(({ label, cosine }, index): GivenTag[] => {
        const pMatch = own[index] ?? 0;
        return pMatch >= this.#rule.threshold ? [{ tag: label.tag, score: cosine, pMatch }] : [];
      });
      contents.push({ contentId, tags });
    }
    return contents;
  }

  #skip(contentId: number): void {
    const [place] = this.#library.store.images.places(contentId, 1);
    const name = place?.path ?? `content ${contentId}`;
    this.#skipped += 1;
    this.#options.onSkip?.({
      place: name,
      code: 'FILE_UNREADABLE',
      message: `${name}: cannot be read now, so its tags cannot be verified; bring the file back and run it again`,
    });
  }
}

function unverified({
  contentId,
  candidates,
}: {
  readonly contentId: number;
  readonly candidates: readonly RankedLabel[];
}): TaggedContent {
  return {
    contentId,
    tags: candidates.map(({ label, cosine }) => ({ tag: label.tag, score: cosine, pMatch: null })),
  };
}

function ruleOf(embedder: Embedder, { verifier, minMatch }: TagPhotosOptions): Rule {
  if (minMatch !== undefined && !(minMatch >= 0 && minMatch <= 1)) {
    throw new AppError('INVALID_ARGUMENT', `minMatch: ${minMatch}, expected a probability from 0 to 1`);
  }
  const cutoff = verifier?.cutoffOf(embedder) ?? null;
  if (cutoff !== null) return { name: 'pMatch', threshold: minMatch ?? cutoff };
  if (minMatch === undefined) return { name: 'relative', threshold: OUTSTANDING_MIN };
  throw new AppError(
    'UNSUPPORTED',
    `minMatch: model "${embedder.name}" cannot tell how probable a tag is; leave it out, then the cosines decide`,
  );
}

function perPhotoOf({ perPhoto = TAGS_PER_PHOTO_DEFAULT }: TagPhotosOptions): number {
  if (Number.isInteger(perPhoto) && perPhoto >= 1 && perPhoto <= TAGS_PER_PHOTO_MAX) return perPhoto;
  throw new AppError(
    'INVALID_ARGUMENT',
    `perPhoto: ${perPhoto}, expected a whole number from 1 to ${TAGS_PER_PHOTO_MAX}`,
  );
}
