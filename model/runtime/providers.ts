/**
 * From a device that a person names to execution providers, and what this machine offers.
 * Source: onnxruntime-node's list of backends; SessionOptions of onnxruntime-common.
 * Deviation: none.
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { listSupportedBackends, type InferenceSession } from 'onnxruntime-node';
import { AppError } from '../errors.ts';
import type { Device, Precision } from './embedder.ts';

export type NamedDevice = Exclude<Device, 'auto'>;

export const precisions: readonly Precision[] = ['auto', 'fp32', 'fp16', 'int8'];

export const devices: readonly Device[] = ['auto', 'cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'webgpu'];

/** Fastest first. WebGPU is not among them: a software adapter would answer, slower than the CPU. */
const autoOrder: readonly NamedDevice[] = ['tensorrt', 'cuda', 'coreml', 'dml'];

const remedies: Readonly<Record<NamedDevice, string>> = {
  cpu: 'reinstall onnxruntime-node',
  cuda: 'CUDA needs Linux x64, an NVIDIA driver and the CUDA libraries: see "GPU" in README.md',
  tensorrt: 'TensorRT needs Linux x64, CUDA and the TensorRT libraries: see "GPU" in README.md',
  coreml: 'CoreML is part of macOS builds only',
  dml: 'DirectML is part of Windows builds only',
  webgpu: 'WebGPU needs a graphics driver (on Linux: Vulkan)',
};

export interface ProviderInfo {
  readonly name: string;
  /** true: inside the npm package; false: works once its libraries are installed */
  readonly bundled: boolean;
}

export interface RuntimeInfo {
  /** onnxruntime's */
  readonly version: string;
  readonly providers: readonly ProviderInfo[];
  /** processors this process may use */
  readonly threads: number;
}

export function describeRuntime(): RuntimeInfo {
  const packageJson: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json');
  const version =
    typeof packageJson === 'object' && packageJson !== null && 'version' in packageJson
      ? String(packageJson.version)
      : 'unknown';
  return {
    version,
    providers: listSupportedBackends().map(({ name, bundled }) => ({ name, bundled })),
    threads: availableParallelism(),
  };
}

/**
 * Devices to try in turn. For `auto` the last is always the CPU; a device asked for by name stands alone.
 * @throws AppError DEVICE_UNAVAILABLE if this build of the runtime does not know the device at all
 */
export function deviceCandidates(device: Device): NamedDevice[] {
  const known = new Set(listSupportedBackends().map((backend) => backend.name));
  if (device === 'auto') return [...autoOrder.filter((name) => known.has(name)), 'cpu'];
  if (!known.has(device)) throw deviceUnavailable(device, `this build knows: ${[...known].join(', ')}`);
  return [device];
}

export function deviceUnavailable(device: NamedDevice, found: string, cause?: unknown): AppError {
  return new AppError(
    'DEVICE_UNAVAILABLE',
    `device "${device}" cannot be used (${found}); ${remedies[device]}, or use --device auto`,
    { cause },
  );
}

export interface SessionSettings {
  readonly threads: number;
  readonly providerOptions: Readonly<Record<string, string | number | boolean>>;
  /** See `addsInt8Exactly`; default false, which is right everywhere and slow for 8-bit graphs. */
  readonly addsInt8Exactly?: boolean;
}

/** Session options for one device. */
export function sessionOptions(
  device: NamedDevice,
  settings: SessionSettings,
): InferenceSession.SessionOptions {
  const provider = { ...settings.providerOptions, name: device };
  return {
    executionProviders: [provider],
    intraOpNumThreads: settings.threads,
    graphOptimizationLevel: 'all',
    extra: {
      session: {
        // 1: weights become unsigned, which no processor overflows on, and which is half as fast with VNNI.
        x64quantprecision: settings.addsInt8Exactly === true ? '0' : '1',
        // Idle threads sleep instead of spinning: decoding runs on the same processors.
        intra_op: { allow_spinning: '0' },
      },
    },
    logSeverityLevel: 3,
  };
}
