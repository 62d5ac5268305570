/**
 * What one run of indexing has seen and done so far: counters, and marks of what is still there.
 * Source: our own. Deviation: none.
 */
import { IdSet } from '../scan/id-set.ts';
import type { Library } from '../library/library.ts';
import { skipsListedMax, type IndexReport, type SkippedFile } from './index-report.ts';
import type { WorkShare } from './photo-encoder.ts';
import type { KnownFile, Settled } from './photo-ledger.ts';
import { ProgressMeter, type IndexProgress } from './progress.ts';
import type { ScanEvent } from '../scan/scan.ts';
import type { CommitEntry, CommitResult, RootRecord, SkipRecord } from '../store/index.ts';

export interface RunOptions {
  readonly isDryRun: boolean;
  readonly onProgress: ((progress: IndexProgress) => void) | undefined;
  readonly onSkip: ((skip: SkippedFile) => void) | undefined;
}

export class IndexRun {
  /** All roots of the library, those of this run included. */
  roots: readonly RootRecord[] = [];
  /** Rows that are still true. */
  readonly seenImages = new IdSet();
  readonly seenSkips = new IdSet();
  /** Folders that could not be read: nothing is known of what lies below. */
  readonly unreadable: string[] = [];
  /** Roots that were read in this run, given or met on the way. */
  readonly walkedRoots = new Set<string>();
  /** Folders that were mount points when they were last met. */
  mountsBefore: ReadonlySet<string> = new Set();
  /** Mount points that were read in this run, with their devices. */
  readonly mounts = new Map<string, number>();
  /** Folders that were mount points and are ordinary ones now. */
  readonly mountsNoMore: string[] = [];
  readonly #library: Library;
  readonly #isDryRun: boolean;
  readonly #onSkip: ((skip: SkippedFile) => void) | undefined;
  readonly #meter: ProgressMeter;
  readonly #startMs = performance.now();
  /** The first ones. */
  readonly #skipped: SkippedFile[] = [];
  #skippedCount = 0;
  #phase: IndexProgress['phase'] = 'scanning';
  #counted = 0;
  #visited = 0;
  #done = 0;
  #added = 0;
  #updated = 0;
  #moved = 0;
  #unchanged = 0;

  constructor(library: Library, options: RunOptions) {
    this.#library = library;
    this.#isDryRun = options.isDryRun;
    this.#onSkip = options.onSkip;
    this.#meter = new ProgressMeter(options.onProgress);
  }

  /** One more file in the first walk. */
  found(): void {
    this.#counted += 1;
    this.#update();
  }

  startEmbedding(): void {
    this.#phase = 'embedding';
    this.#update();
  }

  /** One more file in the second walk. */
  visited(): void {
    this.#visited += 1;
  }

  /** A file that is not looked at in this run: what is known of it stays. */
  left(path: string): void {
    const known = this.#library.store.images.known(path, this.#library.generation.id);
    if (known !== undefined) this.seenImages.add(known.id);
    const skip = this.#library.store.skips.byPath(path);
    if (skip !== undefined) this.seenSkips.add(skip.id);
  }

  /** @param mounted its device, where that is not the one of the folder above it */
  walked(folder: string, mounted: number | null): void {
    if (mounted !== null) this.mounts.set(folder, mounted);
    else if (this.mountsBefore.has(folder)) this.mountsNoMore.push(folder);
    if (this.roots.some((root) => root.path === folder)) this.walkedRoots.add(folder);
  }

  skippedByScan(event: Extract<ScanEvent, { kind: 'skip' }>): void {
    const { path, code, message, isFolder } = event;
    if (isFolder) this.unreadable.push(path);
    else this.#visited += 1;
    if (!this.#isDryRun) {
      const entry = { kind: 'skip', path, code, message, retry: null, dropsImage: false } as const;
      const [result] = this.#library.store.commit([entry], this.#library.generation.id);
      if (result?.kind === 'skipped') this.seenSkips.add(result.skipId);
    }
    this.#skip({ path, code, message }, isFolder ? 0 : 1);
  }

  known({ image, rootId }: KnownFile): void {
    this.seenImages.add(image.id);
    if (image.rootId !== rootId && !this.#isDryRun) this.#library.store.roots.adopt(image.id, rootId);
    this.#unchanged += 1;
    this.#finish(1);
  }

  knownSkip(skip: SkipRecord): void {
    this.seenSkips.add(skip.id);
    this.#skip(skip, 1);
  }

  committed(entry: CommitEntry, result: CommitResult): void {
    if (result.kind === 'skipped') {
      this.seenSkips.add(result.skipId);
      if (entry.kind === 'skip') this.#skip(entry, 1);
      this.#keepUnreadable(entry);
      return;
    }
    this.seenImages.add(result.imageId);
    this.#count(result.kind);
  }

  /** The same for a dry run, where nothing is committed. */
  wouldDo(settled: Settled): void {
    if (settled.kind === 'skip') {
      this.#skip(settled, 1);
      this.#keepUnreadable(settled);
      return;
    }
    const { file, movedFrom, content } = settled;
    if (movedFrom !== null) this.seenImages.add(movedFrom);
    const known = file.knownImage;
    if (known !== undefined) this.seenImages.add(known.id);
    if (known !== undefined) this.#count('contentId' in content ? 'unchanged' : 'updated');
    else this.#count(movedFrom === null ? 'added' : 'moved');
  }

  report(removed: number, workers: readonly WorkShare[]): IndexReport {
    const seconds = (performance.now() - this.#startMs) / 1000;
    this.#meter.update(this.#counts(), { isLast: true });
    return {
      found: this.#visited,
      added: this.#added,
      updated: this.#updated,
      moved: this.#moved,
      unchanged: this.#unchanged,
      removed,
      skipped: this.#skipped,
      skippedCount: this.#skippedCount,
      workers,
      seconds,
      photosPerSecond: (this.#added + this.#updated) / seconds,
    };
  }

  /** A photo that cannot be read today was read once: its row stays. */
  #keepUnreadable(entry: CommitEntry): void {
    if (entry.kind !== 'skip' || entry.dropsImage || entry.code === 'FILE_NOT_FOUND') return;
    const known = this.#library.store.images.known(entry.path, this.#library.generation.id);
    if (known !== undefined) this.seenImages.add(known.id);
  }

  #count(kind: 'added' | 'updated' | 'moved' | 'unchanged'): void {
    switch (kind) {
      case 'added':
        this.#added += 1;
        break;
      case 'updated':
        this.#updated += 1;
        break;
      case 'moved':
        this.#moved += 1;
        break;
      case 'unchanged':
        this.#unchanged += 1;
        break;
    }
    this.#finish(1);
  }

  #skip({ path, code, message }: SkippedFile, done: number): void {
    this.#skippedCount += 1;
    if (this.#skipped.length < skipsListedMax) this.#skipped.push({ path, code, message });
    this.#onSkip?.({ path, code, message });
    this.#finish(done);
  }

  #finish(done: number): void {
    this.#done += done;
    this.#update();
  }

  #update(): void {
    this.#meter.update(this.#counts());
  }

  #counts(): Omit<IndexProgress, 'photosPerSecond' | 'etaSeconds'> {
    return {
      phase: this.#phase,
      // Files may come and go between the two walks.
      found: Math.max(this.#counted, this.#done),
      done: this.#done,
      added: this.#added,
      skipped: this.#skippedCount,
    };
  }
}
