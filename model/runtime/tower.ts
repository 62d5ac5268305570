/**
 * One graph of a model, loaded on the first device that takes it.
 * Source: our own. Deviation: none.
 */
import type { GraphPrecision, GraphRequest } from '../beit3/index.ts';
import { AppError, isAppError, messageOf } from '../errors.ts';
import { timed } from '../stage-times.ts';
import type { Device, Precision } from './embedder.ts';
import { deviceProblem } from './device-probe.ts';
import { cachedGraph, type GraphSource } from './graph-cache.ts';
import { addsInt8Exactly } from './int8-probe.ts';
import { deviceCandidates, deviceUnavailable, sessionOptions, type NamedDevice } from './providers.ts';
import { Session } from './session.ts';
import type { RunResult, TensorData } from './session-messages.ts';

export interface TowerOptions {
  readonly source: GraphSource;
  readonly request: GraphRequest;
  readonly device: Device;
  readonly precision: Precision;
  readonly threads: number;
  readonly providerOptions: Readonly<Record<string, string | number | boolean>>;
  readonly cacheFolder: string;
  readonly onNotice: (notice: string) => void;
}

export interface LoadedTower {
  readonly device: NamedDevice;
  readonly precision: GraphPrecision;
  readonly session: Session;
}

export class Tower {
  readonly #options: TowerOptions;
  #loaded: Promise<LoadedTower> | undefined;
  #closed = false;

  constructor(options: TowerOptions) {
    this.#options = options;
  }

  /** Generates the graph and starts the session if that has not been done; a failure may be tried again. */
  load(): Promise<LoadedTower> {
    if (this.#closed) {
      return Promise.reject(new AppError('INFERENCE_FAILED', 'the model is closed'));
    }
    this.#loaded ??= loadTower(this.#options).catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    return this.#loaded;
  }

  /** See `Session.run`. */
  async run(feeds: Readonly<Record<string, TensorData>>): Promise<RunResult> {
    const { session } = await this.load();
    // The first dimension of every input is the batch.
    const [items = 1] = Object.values(feeds)[0]?.dims ?? [];
    return timed(this.#options.request.tower, items, () => session.run(feeds));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const loaded = await this.#loaded?.catch(() => undefined);
    await loaded?.session.close();
  }
}

async function loadTower(options: TowerOptions): Promise<LoadedTower> {
  const candidates = deviceCandidates(options.device);
  const problems: string[] = [];
  for (const [index, device] of candidates.entries()) {
    const loaded = await loadOn(device, options);
    if (!(loaded instanceof DeviceProblem)) {
      if (problems.length > 0) options.onNotice(`Running on ${device}: ${problems.join(', ')}`);
      return loaded;
    }
    if (index === candidates.length - 1) throw deviceUnavailable(device, loaded.found, loaded.cause);
    problems.push(`${device} is not usable (${loaded.found})`);
  }
  throw new Error('there is always a candidate');
}

/** Why a device cannot be used; expected on most machines, so it is returned and not thrown. */
class DeviceProblem {
  readonly found: string;
  readonly cause: unknown;

  constructor(found: string, cause?: unknown) {
    this.found = found;
    this.cause = cause;
  }
}

async function loadOn(device: NamedDevice, options: TowerOptions): Promise<LoadedTower | DeviceProblem> {
  if (device !== 'cpu') {
    const problem = await deviceProblem(device, options, options.cacheFolder);
    if (problem !== undefined) return new DeviceProblem(problem);
  }
  const precision = choosePrecision(options.precision, device);
  const file = await cachedGraph(options.source, options.request, precision, options.cacheFolder);
  const isInt8 = device === 'cpu' && precision === 'int8';
  const settings = { ...options, addsInt8Exactly: isInt8 && (await addsInt8Exactly(options.cacheFolder)) };
  try {
    return { device, precision, session: await Session.load(file, sessionOptions(device, settings)) };
  } catch (error) {
    if (device === 'cpu' || !isAppError(error, 'INFERENCE_FAILED')) throw error;
    return new DeviceProblem(firstLine(messageOf(error)), error);
  }
}

/** Half precision is what graphics processors are made for; on a CPU float32 keeps every digit. */
function choosePrecision(asked: Precision, device: NamedDevice): GraphPrecision {
  if (asked !== 'auto') return asked;
  return device === 'cpu' ? 'fp32' : 'fp16';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
