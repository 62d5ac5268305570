/**
 * Looks whether a library is whole: database, vectors, index, texts, previews, photos.
 * Source: our own. Deviation: none.
 *
 * It changes nothing, and works beside a writer. A quick check takes seconds: large things are checked by samples.
 */
import { readdir } from 'node:fs/promises';
import { AppError } from '../../model/index.ts';
import { indexFolder } from '../library/corpus-index.ts';
import type { Library } from '../library/library.ts';
import { WorkMeter } from '../pipeline/work-meter.ts';
import { checkVectors, IndexProbe } from './check-vectors.ts';
import { runDatabaseTask } from './database-work.ts';
import { Findings, type CheckName, type IntegrityOptions, type IntegrityReport } from './findings.ts';
import { checkOriginals } from './originals.ts';
import { checkPreviews } from './previews.ts';

/** Photos without a vector that are named. */
const MISSING_LISTED = 3;

/** @throws AppError ABORTED, FILE_UNREADABLE; damage is a finding */
export async function checkIntegrity(
  library: Library,
  options: IntegrityOptions = {},
): Promise<IntegrityReport> {
  const start = performance.now();
  const run = new CheckRun(library, options);
  const checks = await run.all();
  return {
    ok: checks.every(({ listed }) => listed.every(({ severity }) => severity !== 'damage')),
    full: options.full === true,
    checks: checks.map((findings) => findings.result()),
    findings: checks.flatMap(({ listed }) => listed),
    seconds: (performance.now() - start) / 1000,
  };
}

class CheckRun {
  readonly #library: Library;
  readonly #options: IntegrityOptions;
  readonly #meter: WorkMeter;
  /** Of photos and of texts. */
  readonly #index = new Findings('index');

  constructor(library: Library, options: IntegrityOptions) {
    this.#library = library;
    this.#options = options;
    this.#meter = new WorkMeter(options.onProgress);
  }

  async all(): Promise<readonly Findings[]> {
    const database = new Findings('database');
    await this.#database(database);
    const checks = [database];
    // What a damaged database says of the rest is worth nothing, and reading it may fail anywhere.
    if (database.count > 0) return checks;
    const steps: readonly (readonly [CheckName, (findings: Findings) => Promise<void>])[] = [
      ['photos', (findings) => this.#photos(findings)],
      ['texts', (findings) => this.#texts(findings)],
      ['previews', (findings) => this.#previews(findings)],
      ['originals', (findings) => this.#originals(findings)],
    ];
    checks.push(...(await this.#vectorsAndIndex()));
    for (const [name, step] of steps) {
      const findings = new Findings(name);
      await step(findings);
      checks.push(findings);
    }
    return checks;
  }

  async #database(findings: Findings): Promise<void> {
    const { file } = this.#library.store;
    this.#meter.update('database', { done: 0, isLast: true });
    const problems = await runDatabaseTask(
      { kind: 'check', file, isFull: this.#options.full === true },
      this.#options.signal,
    );
    findings.checked = 1;
    findings.total = 1;
    const remedy =
      'restore a backup with "imglish restore", or move the library away and index again; the photos are untouched';
    for (const problem of problems) findings.damage(file, problem, remedy);
  }

  async #vectorsAndIndex(): Promise<readonly Findings[]> {
    const { store } = this.#library;
    const { generation } = this.#library.searchable;
    const vectors = new Findings('vectors');
    const probe = new IndexProbe(store, generation, 'photos');
    const sawAll = await checkVectors(store, generation, 'photos', vectors, {
      ...this.#options,
      onVector: (_id, vector) => probe.see(vector),
      onDone: (done) => this.#meter.update('vectors', { done, total: vectors.total }),
    });
    // Its searches demand vectors of length 1, and its catching up reads them all.
    if (vectors.count === 0) {
      await this.#probe(probe, sawAll);
    }
    return [vectors, this.#index];
  }

  async #probe(probe: IndexProbe, sawAll: boolean): Promise<void> {
    try {
      await probe.check(this.#library, sawAll, this.#index);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'ABORTED') throw error;
      this.#index.damage(
        `${this.#library.dataFolder}: index`,
        error.message,
        'restart Imglish, which builds it again',
      );
    }
  }

  async #photos(findings: Findings): Promise<void> {
    const { store } = this.#library;
    const { generation } = this.#library;
    findings.total = store.totals().images;
    findings.checked = findings.total;
    const missing = store.vectors.missing(generation.id);
    if (missing > 0) {
      const some = store.vectors.imagesWithout(generation.id, 0, MISSING_LISTED).map(({ path }) => path);
      findings.attention(
        store.file,
        `${missing} photos have no vector and are never found, among them ${some.join(', ')}`,
        'run "imglish index"',
      );
    }
    const unused = store.health.countUnusedContents();
    if (unused === 0) return;
    findings.attention(
      store.file,
      `${unused} contents are of no photo any more`,
      'they take space only; the job "compact" deletes them',
    );
  }

  async #texts(findings: Findings): Promise<void> {
    const { store, generation } = this.#library;
    const probe = new IndexProbe(store, generation, 'texts');
    const sawAll = await checkVectors(store, generation, 'texts', findings, {
      ...this.#options,
      onVector: (_id, vector) => probe.see(vector),
    });
    if (findings.count === 0 && (await this.#hasTextIndex())) await this.#probe(probe, sawAll);
    const unsaid = store.health.unsaidTexts();
    if (unsaid.count > 0) {
      findings.damage(
        `${store.file}: texts`,
        `${unsaid.count} are said by nobody (the first is text ${unsaid.first}), expected none`,
        'import the lists of texts again',
      );
    }
    const missing = store.textVectors.missingCount(generation.id);
    if (missing === 0) return;
    findings.attention(store.file, `${missing} texts have no vector`, 'run "imglish texts embed"');
  }

  /** Without a snapshot it is not there yet; a quick check does not build it. */
  async #hasTextIndex(): Promise<boolean> {
    const { store, generation, dataFolder } = this.#library;
    if (store.textVectors.summary(generation.id).count === 0) return false;
    if (this.#options.full === true) return true;
    const names = await readdir(indexFolder(dataFolder, generation.id, 'texts')).catch(() => []);
    return names.length > 0;
  }

  async #previews(findings: Findings): Promise<void> {
    this.#meter.update('previews', { done: 0 });
    await checkPreviews(this.#library.store, this.#library.dataFolder, findings, this.#options);
  }

  async #originals(findings: Findings): Promise<void> {
    await checkOriginals(this.#library.store, findings, {
      ...this.#options,
      onDone: (done) => this.#meter.update('originals', { done, total: findings.total }),
    });
  }
}
