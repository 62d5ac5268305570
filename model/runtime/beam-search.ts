/**
 * Beam search over words, one image at a time.
 * Source: unilm beit3 (captioning evaluation), whose every habit is kept, because captions are compared word by word:
 * three candidates a beam; one hypothesis is kept; its length counts `<s>` and the mask that asks for the next word;
 * where the length limit ends a caption its last word is dropped. Deviation: beams that cannot win (at the start all but
 * one) are not run.
 */
import { specialIds } from '../text/index.ts';

export interface BeamSearchOptions {
  /** beginnings that are followed at a time, at least 1 */
  readonly beams: number;
  /** longest row with `<s>` and `</s>`, at least 3 */
  readonly lengthMax: number;
  /** hypotheses are compared by sum of log-probabilities / length ^ lengthPenalty */
  readonly lengthPenalty: number;
  readonly maskId: number;
}

export interface BeamResult {
  /** `<s>`, words, `<mask>`: as the reference stores it */
  readonly ids: readonly number[];
  readonly score: number;
  /** false where the length limit ended it */
  readonly isWhole: boolean;
}

/**
 * What may stand at the end of each row.
 * @param rows `<s>`, words, `<mask>`; all of one length
 * @returns float32 [V] logits for each
 */
export type NextWords = (rows: readonly (readonly number[])[]) => Promise<readonly Float32Array[]>;

const CANDIDATES_PER_BEAM = 3;

interface Beam {
  /** `<s>`, words */
  readonly ids: readonly number[];
  /** sum of log-probabilities */
  readonly score: number;
}

interface Candidate {
  readonly score: number;
  readonly beam: Beam;
  readonly word: number;
}

export async function beamSearch(nextWords: NextWords, options: BeamSearchOptions): Promise<BeamResult> {
  const { beams, lengthMax, lengthPenalty, maskId } = options;
  let live: Beam[] = [{ ids: [specialIds.bos], score: 0 }];
  let best: BeamResult | undefined;
  for (let length = 2; length < lengthMax; length += 1) {
    const logits = await nextWords(live.map(({ ids }) => [...ids, maskId]));
    const candidates = bestCandidates(live, logits, CANDIDATES_PER_BEAM * beams);
    // No sum grows, so the best one over the largest length is the most that can still come.
    const promise = (candidates[0]?.score ?? -Infinity) / (lengthMax - 1) ** lengthPenalty;
    if (best !== undefined && best.score >= promise) break;
    const isLast = length + 1 === lengthMax;
    const next: Beam[] = [];
    for (const { score, beam, word } of candidates) {
      if (word === specialIds.eos || isLast) {
        const result = {
          ids: [...beam.ids, maskId],
          score: score / length ** lengthPenalty,
          isWhole: word === specialIds.eos,
        };
        if (best === undefined || result.score > best.score) best = result;
      } else {
        next.push({ ids: [...beam.ids, word], score });
      }
      if (next.length === beams) break;
    }
    live = next;
  }
  return best ?? { ids: [specialIds.bos, maskId], score: 0, isWhole: false };
}

/** Best first; of equals the one of the earlier beam and the lower word. */
function bestCandidates(
  live: readonly Beam[],
  logits: readonly Float32Array[],
  count: number,
): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const [index, beam] of live.entries()) {
    const row = logits[index] ?? new Float32Array(0);
    const offset = beam.score - logSumExp(row);
    for (const [word, logit] of row.entries()) {
      const score = offset + logit;
      const worst = found.length < count ? undefined : found[count - 1];
      if (worst !== undefined && score <= worst.score) continue;
      let place = found.length;
      while (place > 0 && score > (found[place - 1]?.score ?? Infinity)) place -= 1;
      found.splice(place, 0, { score, beam, word });
      if (found.length > count) found.pop();
    }
  }
  return found;
}

function logSumExp(row: Float32Array): number {
  let largest = -Infinity;
  for (const value of row) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of row) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}
