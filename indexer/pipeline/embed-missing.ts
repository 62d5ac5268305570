/**
 * Photos that the library knows and a model does not: reads them again where they lie, embeds them, and adds their
 * vectors to the generation of that model. Searches go on with the active generation meanwhile.
 * Source: DESIGN, "Truth and derivation". Deviation: none.
 *
 * Nothing but vectors is written: places, facts and previews stay as they are, and bytes that have changed since they
 * were indexed are left to the next run of `indexPhotos`. A batch is one transaction, and the next call goes on with
 * what is still without a vector; there is no other state.
 */
import { stat } from 'node:fs/promises';
import { AppError, isAppError, type Embedder } from '../../model/index.ts';
import { skipsListedMax, type SkippedFile } from './index-report.ts';
import type { JobProgress } from '../jobs/job-queue.ts';
import type { Activation, Library } from '../library/library.ts';
import { openEncoder, type EncoderOptions } from './open-encoder.ts';
import type { Encoded, PhotoEncoder, PhotoOutcome, WorkItem } from './photo-encoder.ts';
import { inParallel } from './stage.ts';
import type { ContentToEmbed, Generation } from '../store/index.ts';
import { embedMissingTexts } from '../texts/index.ts';
import { WorkMeter } from './work-meter.ts';

export interface EmbedMissingOptions extends EncoderOptions {
  /** Counts contents: photos with the same bytes are one. */
  readonly onProgress?: (progress: JobProgress) => void;
  readonly onSkip?: (skip: SkippedFile) => void;
}

export interface EmbedMissingReport {
  /** id of the generation that got the vectors */
  readonly generation: number;
  /** contents that have a vector now and had none */
  readonly embedded: number;
  /** One for each content that could not be read anywhere, under its first place; the first `skipsListedMax`. */
  readonly skipped: readonly SkippedFile[];
  readonly skippedCount: number;
  readonly seconds: number;
}

export interface ReEmbedReport extends EmbedMissingReport, Activation {
  /** texts that have a vector now and had none */
  readonly embeddedTexts: number;
}

/** Contents that are asked for at once. */
const CONTENTS_PER_PAGE = 256;

/** Copies of the same bytes that are tried before a content counts as unreadable. */
const PLACES_MAX = 32;

/** Stats that are asked for at once: a network drive answers one in milliseconds. */
const LOOKS_AHEAD = 16;

/**
 * Embeds what has no vector in the generation of this model (made where there is none).
 * @throws AppError INVALID_ARGUMENT (read mode), ABORTED (what was committed stays), NOT_FOUND (the generation was
 *   removed meanwhile), DISK_FULL, LIBRARY_CORRUPT, INFERENCE_FAILED, REDIS_UNAVAILABLE
 */
export async function embedMissing(
  library: Library,
  embedder: Embedder,
  options: EmbedMissingOptions,
): Promise<EmbedMissingReport> {
  let encoder: PhotoEncoder | undefined;
  try {
    const run = new MissingRun(library, embedder, options);
    encoder = await openEncoder(library, embedder, options);
    return await run.embed(encoder);
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
    throw new AppError(
      'ABORTED',
      'embedding was stopped; what was done so far is kept, run it again to go on',
      { cause: error },
    );
  } finally {
    await encoder?.close();
  }
}

/**
 * `embedMissing`, the same for texts, and then this generation is the one that is searched, if it can find every photo.
 * @throws AppError as `embedMissing`
 */
export async function reEmbed(
  library: Library,
  embedder: Embedder,
  options: EmbedMissingOptions,
): Promise<ReEmbedReport> {
  const report = await embedMissing(library, embedder, options);
  const embeddedTexts = await embedTexts(library, embedder, options);
  return { ...report, embeddedTexts, ...(await library.activateIfComplete(report.generation)) };
}

async function embedTexts(
  library: Library,
  embedder: Embedder,
  { signal, onProgress }: EmbedMissingOptions,
): Promise<number> {
  try {
    const options = {
      ...(signal !== undefined && { signal }),
      ...(onProgress !== undefined && { onProgress }),
    };
    return (await embedMissingTexts(library, embedder, options)).embedded;
  } catch (error) {
    // A model without a tokenizer embeds photos only.
    if (isAppError(error, 'UNSUPPORTED')) return 0;
    throw error;
  }
}

/** A content and the place where it is read. */
interface Candidate extends WorkItem {
  readonly content: ContentToEmbed;
  /** Places that come after this one, should its bytes be of no use. */
  readonly nextPlace: number;
  /** What was wrong with the first place, if this is not it. */
  readonly failure: SkippedFile | undefined;
}

class MissingRun {
  readonly #library: Library;
  readonly #generation: Generation;
  readonly #options: EmbedMissingOptions;
  readonly #meter: WorkMeter;
  readonly #total: number;
  readonly #skipped: SkippedFile[] = [];
  #skippedCount = 0;
  #embedded = 0;
  #done = 0;

  constructor(library: Library, embedder: Embedder, options: EmbedMissingOptions) {
    this.#library = library;
    this.#generation = library.generationFor(embedder);
    this.#options = options;
    this.#meter = new WorkMeter(options.onProgress);
    this.#total = library.store.vectors.waitingCount(this.#generation.id);
  }

  async embed(encoder: PhotoEncoder): Promise<EmbedMissingReport> {
    const startMs = performance.now();
    this.#tell();
    let again = await this.#embed(encoder.encode(this.#contents()));
    // Few: copies of photos whose first place holds something else by now.
    while (again.length > 0) again = await this.#embed(encoder.encode(this.#nextPlaces(again)));
    if (this.#embedded > 0 && this.#isSearched) await this.#library.saveIndex();
    this.#tell({ isLast: true });
    return {
      generation: this.#generation.id,
      embedded: this.#embedded,
      skipped: this.#skipped,
      skippedCount: this.#skippedCount,
      seconds: (performance.now() - startMs) / 1000,
    };
  }

  /** @returns those that could not be read where they were tried, but may lie elsewhere */
  async #embed(batches: AsyncIterable<readonly Encoded<Candidate>[]>): Promise<Candidate[]> {
    const again: Candidate[] = [];
    for await (const batch of batches) {
      const entries: { contentId: number; vector: Float32Array }[] = [];
      for (const { item, outcome } of batch) {
        const { hash, contentId } = item.content;
        if (outcome.kind === 'photo' && outcome.facts.hash === hash && outcome.vector !== null) {
          entries.push({ contentId, vector: outcome.vector });
        } else {
          const failure = item.failure ?? failureOf(item.path, outcome);
          if (this.#hasPlace(contentId, item.nextPlace)) again.push({ ...item, failure });
          else this.#skip(failure);
        }
      }
      await this.#commit(entries);
      this.#options.signal?.throwIfAborted();
    }
    return again;
  }

  async #commit(entries: readonly { contentId: number; vector: Float32Array }[]): Promise<void> {
    const { store } = this.#library;
    // Whoever removed the generation does not want these vectors.
    store.generations.get(this.#generation.id);
    this.#embedded += store.vectors.add(this.#generation.id, entries);
    this.#done += entries.length;
    if (this.#isSearched) await this.#library.catchUp();
    this.#tell();
  }

  async *#contents(): AsyncGenerator<Candidate> {
    const located = inParallel(this.#waiting(), LOOKS_AHEAD, (content) =>
      this.#locate(content, 0, undefined),
    );
    for await (const candidate of located) if (candidate !== undefined) yield candidate;
  }

  async *#waiting(): AsyncGenerator<ContentToEmbed> {
    let after = 0;
    for (;;) {
      const page = this.#library.store.vectors.waiting(this.#generation.id, after, CONTENTS_PER_PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      for (const content of page) {
        this.#options.signal?.throwIfAborted();
        yield content;
      }
      after = last.contentId;
    }
  }

  async *#nextPlaces(failed: readonly Candidate[]): AsyncGenerator<Candidate> {
    for (const { content, nextPlace, failure } of failed) {
      this.#options.signal?.throwIfAborted();
      const candidate = await this.#locate(content, nextPlace, failure);
      if (candidate !== undefined) yield candidate;
    }
  }

  /** The next place that seems to hold these bytes; where there is none, the content is a skip. */
  async #locate(
    content: ContentToEmbed,
    from: number,
    failure: SkippedFile | undefined,
  ): Promise<Candidate | undefined> {
    const { images } = this.#library.store;
    const { contentId, hash } = content;
    let reason = failure;
    for (const [index, { id }] of images.places(contentId, PLACES_MAX).entries()) {
      const image = index < from ? undefined : images.byId(id);
      if (image === undefined) continue;
      const status = await stat(image.path).catch((error: unknown) => error as NodeJS.ErrnoException);
      if (!(status instanceof Error) && status.size === image.bytes) {
        return {
          path: image.path,
          bytes: status.size,
          modifiedMs: status.mtimeMs,
          // Other bytes than these need no vector.
          known: { has: (found) => found !== hash, ofSameSize: () => null },
          wantsPreview: false,
          content,
          nextPlace: index + 1,
          failure: reason,
        };
      }
      reason ??= status instanceof Error ? unreachable(image.path, status) : changed(image.path);
    }
    // Without any place it was removed a moment ago, and nobody misses it.
    if (reason !== undefined) this.#skip(reason);
    return undefined;
  }

  #hasPlace(contentId: number, from: number): boolean {
    return this.#library.store.images.places(contentId, PLACES_MAX).length > from;
  }

  #skip(skip: SkippedFile): void {
    this.#skippedCount += 1;
    this.#done += 1;
    if (this.#skipped.length < skipsListedMax) this.#skipped.push(skip);
    this.#options.onSkip?.(skip);
    this.#tell();
  }

  get #isSearched(): boolean {
    return this.#library.generation.id === this.#generation.id;
  }

  #tell(options: { readonly isLast?: boolean } = {}): void {
    const counts = { done: this.#done, total: this.#total, skipped: this.#skippedCount };
    this.#meter.update('embedding', { ...counts, ...options });
  }
}

function failureOf(path: string, outcome: PhotoOutcome): SkippedFile {
  if (outcome.kind !== 'refusal') return changed(path);
  return { path, code: outcome.code, message: outcome.message };
}

function changed(path: string): SkippedFile {
  const message = `${path}: holds other bytes than the photo that was indexed; run "imglish index" to bring it up to date`;
  return { path, code: 'FILE_NOT_FOUND', message };
}

function unreachable(path: string, error: NodeJS.ErrnoException): SkippedFile {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    const message = `${path}: is not there, expected the photo that was indexed; plug in its drive, or run "imglish index", which forgets what was deleted`;
    return { path, code: 'FILE_NOT_FOUND', message };
  }
  const message = `${path}: cannot be read (${error.message}), expected the photo that was indexed; check its permissions and the disk`;
  return { path, code: 'FILE_UNREADABLE', message };
}
