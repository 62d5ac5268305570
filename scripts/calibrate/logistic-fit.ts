/**
 * Logistic regression by Newton's method.
 * Source: Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", 4.4.1. Deviation: a small ridge, so that
 * pairs which can be told apart without error do not drive the weights to infinity.
 */

export interface LogisticSample {
  readonly features: readonly number[];
  readonly isPositive: boolean;
}

export interface LogisticFit {
  /** of the features, in order */
  readonly weights: readonly number[];
  readonly intercept: number;
}

const RIDGE = 1e-3;
const STEPS_MAX = 50;
const STEP_MIN = 1e-9;

/** @throws RangeError without samples of both kinds */
export function fitLogistic(samples: readonly LogisticSample[]): LogisticFit {
  const width = (samples[0]?.features.length ?? 0) + 1;
  if (!samples.some(({ isPositive }) => isPositive) || samples.every(({ isPositive }) => isPositive)) {
    throw new RangeError('a fit needs pairs that match and pairs that do not');
  }
  let values: number[] = Array.from({ length: width }, () => 0);
  for (let step = 0; step < STEPS_MAX; step += 1) {
    // The intercept is not held back.
    const gradient = values.map((value, place) => (place === width - 1 ? 0 : -RIDGE * value));
    const curvature = values.map((_, row) =>
      values.map((__, column) => (row === column && row < width - 1 ? RIDGE : 0)),
    );
    for (const { features, isPositive } of samples) {
      const inputs = [...features, 1];
      const p = 1 / (1 + Math.exp(-dot(values, inputs)));
      const error = (isPositive ? 1 : 0) - p;
      for (const [row, input] of inputs.entries()) {
        gradient[row] = (gradient[row] ?? 0) + error * input;
        const line = curvature[row] as number[];
        for (const [column, other] of inputs.entries()) {
          line[column] = (line[column] ?? 0) + p * (1 - p) * input * other;
        }
      }
    }
    const change = solved(curvature, gradient);
    values = values.map((value, place) => value + (change[place] ?? 0));
    if (Math.max(...change.map(Math.abs)) < STEP_MIN) break;
  }
  return { weights: values.slice(0, -1), intercept: values.at(-1) ?? 0 };
}

/** Gauss's elimination, with the largest pivot of the column. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  for (let column = 0; column < rows.length; column += 1) {
    const below = rows.slice(column).map((row) => Math.abs(row[column] ?? 0));
    const best = column + below.indexOf(Math.max(...below));
    [rows[column], rows[best]] = [rows[best] as number[], rows[column] as number[]];
    const pivot = rows[column] as number[];
    for (const [index, row] of rows.entries()) {
      if (index === column) continue;
      const factor = (row[column] ?? 0) / (pivot[column] ?? 1);
      for (let place = column; place < row.length; place += 1) {
        row[place] = (row[place] ?? 0) - factor * (pivot[place] ?? 0);
      }
    }
  }
  return rows.map((row, index) => (row.at(-1) ?? 0) / (row[index] ?? 1));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, place) => sum + value * (b[place] ?? 0), 0);
}
