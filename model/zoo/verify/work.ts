/**
 * What a verification under way carries along: settings, its own folder, results, progress.
 * Source: our own. Deviation: none.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '../../errors.ts';
import type { GraphPrecision } from '../../beit3/index.ts';
import type { Device } from '../../runtime/index.ts';
import type { SkippedItem, VerifiedOutput, VerifyOptions } from './report.ts';

export class Work {
  /** Empty at the beginning, removed by `close`. */
  readonly folder: string;
  readonly device: Device;
  readonly precision: GraphPrecision;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
  readonly outputs: VerifiedOutput[] = [];
  readonly skipped: SkippedItem[] = [];
  readonly #options: VerifyOptions;
  readonly #devices = new Set<string>();
  #total = 0;

  private constructor(folder: string, options: VerifyOptions) {
    this.folder = folder;
    this.device = options.device ?? 'cpu';
    this.precision = options.precision ?? 'fp32';
    this.threads = options.threads ?? availableParallelism();
    this.signal = options.signal;
    this.#options = options;
  }

  static async start(options: VerifyOptions): Promise<Work> {
    const parent = options.workFolder ?? tmpdir();
    await mkdir(parent, { recursive: true });
    return new Work(await mkdtemp(path.join(parent, 'imglish-verify-')), options);
  }

  /** Devices that graphs ran on; null if none ran. */
  get devices(): string | null {
    return this.#devices.size === 0 ? null : [...this.#devices].join(', ');
  }

  usedDevice(device: string): void {
    this.#devices.add(device);
  }

  /** The tolerance asked for, else that of the fixture. */
  tolerance(ofFixture: number): number {
    return this.#options.tolerance ?? ofFixture;
  }

  /** Announces that many more outputs, for progress. */
  expect(outputs: number): void {
    this.#total += outputs;
  }

  /** @throws AppError ABORTED */
  add(...outputs: readonly VerifiedOutput[]): void {
    this.outputs.push(...outputs);
    const last = outputs.at(-1);
    const done = this.outputs.length;
    if (last !== undefined) {
      this.#options.onProgress?.({ done, total: Math.max(done, this.#total), name: last.name });
    }
    this.throwIfAborted();
  }

  throwIfAborted(): void {
    if (this.signal?.aborted === true) throw new AppError('ABORTED', 'the verification was aborted');
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
