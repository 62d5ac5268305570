/**
 * What a verification finds, and how two lists of numbers are compared.
 * Source: our own. Deviation: none.
 */
import type { GraphPrecision } from '../../beit3/index.ts';
import type { Device } from '../../runtime/index.ts';

export interface VerifyOptions {
  /** Largest absolute difference of numbers, 0 or more; default: what each tensor of the manifest says. */
  readonly tolerance?: number;
  /** Default fp32, which is what the tolerances of the manifests are made for. */
  readonly precision?: GraphPrecision;
  /** Default cpu. */
  readonly device?: Device;
  /** Intra-operator threads; default: processors of this machine. */
  readonly threads?: number;
  /** Imported models and graphs stand in a new folder in here, which is removed at the end; default: the system's. */
  readonly workFolder?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly done: number;
    readonly total: number;
    readonly name: string;
  }) => void;
}

export interface VerifiedOutput {
  readonly name: string;
  /**
   * Largest absolute difference. Where things are equal or not (token ids, tensors of a checkpoint): how many
   * of them differ. null where nothing could be compared; `note` says why.
   */
  readonly maxAbs: number | null;
  /** Between all expected and all found numbers; null where that means nothing. */
  readonly cosine: number | null;
  /** What `maxAbs` may be at most. */
  readonly tolerance: number;
  readonly ok: boolean;
  readonly note?: string;
}

export interface VerifyReport {
  readonly fixture: string;
  readonly folder: string;
  readonly kind: string;
  readonly precision: GraphPrecision;
  /** Where the graphs ran; null for fixtures that need no network. */
  readonly device: string | null;
  /** True if every output is. What was skipped does not count. */
  readonly ok: boolean;
  readonly outputs: readonly VerifiedOutput[];
  /** Parts of the fixture that were not looked at. */
  readonly skipped: readonly SkippedItem[];
}

export interface SkippedItem {
  readonly name: string;
  readonly reason: string;
}

/** Tolerance where a manifest gives none: far above rounding, far below any mistake. */
export const TOLERANCE_DEFAULT = 1e-4;

/** Compares two lists of numbers; another length, or a number that is none, fails whatever the tolerance. */
export function compareNumbers(
  name: string,
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): VerifiedOutput {
  if (found.length !== expected.length) {
    return failed(name, tolerance, `${found.length} numbers, expected ${expected.length}`);
  }
  let maxAbs = 0;
  let product = 0;
  let foundSquares = 0;
  let expectedSquares = 0;
  for (let index = 0; index < expected.length; index++) {
    const a = found[index] ?? Number.NaN;
    const b = expected[index] ?? Number.NaN;
    if (!Number.isFinite(a - b)) return failed(name, tolerance, `number ${index} is ${a}, expected ${b}`);
    maxAbs = Math.max(maxAbs, Math.abs(a - b));
    product += a * b;
    foundSquares += a * a;
    expectedSquares += b * b;
  }
  const cosine = product / Math.sqrt(foundSquares * expectedSquares);
  return {
    name,
    maxAbs,
    cosine: Number.isFinite(cosine) ? Math.min(1, cosine) : null,
    tolerance,
    ok: maxAbs <= tolerance,
  };
}

/** For things that are equal or not: `differences` describes each that is not. */
export function compareExactly(name: string, count: number, differences: readonly string[]): VerifiedOutput {
  const [first] = differences;
  return {
    name,
    maxAbs: differences.length,
    cosine: null,
    tolerance: 0,
    ok: first === undefined,
    note:
      first === undefined
        ? `${count} of ${count} equal`
        : `${differences.length} of ${count} differ; ${first}`,
  };
}

/** An output for which there is nothing to compare. */
export function failed(name: string, tolerance: number, note: string): VerifiedOutput {
  return { name, maxAbs: null, cosine: null, tolerance, ok: false, note };
}
