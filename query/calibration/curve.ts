/**
 * Curves from evidence to probability.
 * Source: Platt 1999; Zadrozny, Elkan 2002. Deviation: between the knots of an isotonic curve the probability is on the
 * straight line, so that more evidence is never worth nothing between them.
 */
import type { CalibrationCurve } from '../../model/index.ts';

/** @returns 0 to 1; never falls where `evidence` rises */
export function probabilityOf(curve: CalibrationCurve, evidence: number): number {
  if (curve.kind === 'platt') return 1 / (1 + Math.exp(-(curve.slope * evidence + curve.intercept)));
  const { knots } = curve;
  const above = knots.findIndex(({ x }) => x >= evidence);
  const right = knots[above];
  if (right === undefined) return knots.at(-1)?.p ?? 0;
  const left = knots[above - 1];
  if (left === undefined) return right.p;
  return left.p + ((right.p - left.p) * (evidence - left.x)) / (right.x - left.x);
}
