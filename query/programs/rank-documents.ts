/**
 * Documents in the order in which they fit a query: texts and pictures are read together where the model can, else the
 * vectors decide.
 * Source: BEIT3.md section 14 (fusion encoder); Platt 1999 by way of query/calibration. Deviation: none.
 */
import { setImmediate } from 'node:timers/promises';
import type { Library } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { MatchCalibration } from '../calibration/index.ts';
import type { FusionScorer, PairToScore } from '../rerank/index.ts';
import type { ImageInput } from '../request.ts';
import { embedInputs, type EmbedInputsOptions, type ModelInput } from './embed-inputs.ts';

/**
 * pMatch: the probability that photo and text belong together. fusion: log-odds, uncalibrated. cosine: of the vectors; has no
 * threshold that holds everywhere.
 */
export const rankBases = ['pMatch', 'fusion', 'cosine'] as const;
export type RankBasis = (typeof rankBases)[number];

export interface RankedDocument {
  /** Its place in what was given. */
  readonly index: number;
  readonly score: number;
  readonly by: RankBasis;
}

/** Of a text. Every model reads less; the tokenizer takes 2 ms for it. */
const TEXT_CHARACTERS_MAX = 2000;

/** The first half of a pair of UTF-16, without the other. */
const HALF_AT_END = /[\uD800-\uDBFF]$/;

/** What goes to the scorer at once: its texts hold up the thread that serves for some 20 ms. */
const STEP_CHARACTERS = 16_000;
const STEP_PAIRS = 256;
/** Texts that are calibrated at once: some 10 ms. */
const STEP_JUDGED = 50;

export interface RankDocumentsOptions extends Omit<EmbedInputsOptions, 'place'> {
  readonly scorer: FusionScorer;
}

/**
 * @param documents all texts, or all pictures: scores of the two kinds cannot be compared
 * @returns best first; photos that can no longer be read come last, by their vectors
 * @throws AppError INVALID_ARGUMENT, and as `embedInputs` and `FusionScorer.score`
 */
export async function rankDocuments(
  query: ModelInput,
  documents: readonly ModelInput[],
  options: RankDocumentsOptions,
): Promise<RankedDocument[]> {
  const kinds = new Set(documents.map((document) => kindOf(document)));
  if (kinds.size > 1) {
    throw new AppError(
      'INVALID_ARGUMENT',
      'documents: found texts and images, whose scores cannot be compared; ask for each kind by itself',
    );
  }
  const asked = shortened(query);
  const given = documents.map((document) => shortened(document));
  const [{ vectors: queryVectors }, { vectors }] = await Promise.all([
    embedInputs([asked], { ...options, place: 'query' }),
    embedInputs(given, { ...options, place: 'documents' }),
  ]);
  const vector = queryVectors[0] ?? new Float32Array();
  const cosines = vectors.map((one) => dot(vector, one));
  const isFused = !kinds.has(kindOf(query)) && options.scorer.canFuse(options.embedder);
  const ranked = isFused
    ? await judged(asked, given, { vector, vectors, cosines }, options)
    : cosines.map((score, index): RankedDocument => ({ index, score, by: 'cosine' }));
  return ranked.toSorted(
    (a, b) =>
      rankBases.indexOf(a.by) - rankBases.indexOf(b.by) ||
      b.score - a.score ||
      (cosines[b.index] ?? 0) - (cosines[a.index] ?? 0) ||
      a.index - b.index,
  );
}

interface Vectors {
  /** of the query */
  readonly vector: Float32Array;
  /** of the documents */
  readonly vectors: readonly Float32Array[];
  readonly cosines: readonly number[];
}

/** By what is read of each pair, in the order of the documents. */
async function judged(
  query: ModelInput,
  documents: readonly ModelInput[],
  { vector, vectors, cosines }: Vectors,
  options: RankDocumentsOptions,
): Promise<RankedDocument[]> {
  const scores = await fusionScores(query, documents, options);
  const calibration = MatchCalibration.of(options.embedder);
  const ofQuery = 'text' in query ? calibration?.forQuery({ vector, text: query.text }) : undefined;
  const ranked: RankedDocument[] = [];
  for (const [index, document] of documents.entries()) {
    const cosine = cosines[index] ?? 0;
    const score = scores[index];
    // The text is what is calibrated: the query, or each document for itself.
    const match =
      'text' in document
        ? calibration?.forQuery({ vector: vectors[index] ?? vector, text: document.text })
        : ofQuery;
    if (score === undefined) ranked.push({ index, score: cosine, by: 'cosine' });
    else if (match === undefined) ranked.push({ index, score, by: 'fusion' });
    else ranked.push({ index, score: match.pMatch(score, cosine), by: 'pMatch' });
    if (index % STEP_JUDGED === 0) await setImmediate();
  }
  return ranked;
}

/** undefined: the photo can no longer be read */
async function fusionScores(
  query: ModelInput,
  documents: readonly ModelInput[],
  { scorer, embedder, generation, library, signal }: RankDocumentsOptions,
): Promise<readonly (number | undefined)[]> {
  const scores: (number | undefined)[] = [];
  const pairs = documents.map((document) => pairOf(query, document, library));
  for (const step of stepsOf(pairs)) {
    const read = await scorer.score(embedder, generation.id, step, signal === undefined ? {} : { signal });
    scores.push(...read.scores);
  }
  return scores;
}

function pairOf(query: ModelInput, document: ModelInput, library: Library): PairToScore {
  const [text, image] = 'text' in query ? [query, document] : [document, query];
  if (!('text' in text && 'image' in image)) throw new Error('a pair is one text and one picture');
  return { ...photoOf(image.image, library), text: text.text };
}

function* stepsOf(pairs: readonly PairToScore[]): Generator<readonly PairToScore[]> {
  let start = 0;
  let characters = 0;
  for (const [index, { text }] of pairs.entries()) {
    characters += text.length;
    if (index > start && (characters > STEP_CHARACTERS || index - start === STEP_PAIRS)) {
      yield pairs.slice(start, index);
      start = index;
      characters = text.length;
    }
  }
  yield pairs.slice(start);
}

function shortened(input: ModelInput): ModelInput {
  if (!('text' in input) || input.text.length <= TEXT_CHARACTERS_MAX) return input;
  return { text: input.text.slice(0, TEXT_CHARACTERS_MAX).replace(HALF_AT_END, '') };
}

function photoOf(image: ImageInput, library: Library): Pick<PairToScore, 'contentId' | 'picture'> {
  if ('picture' in image) return { contentId: null, picture: image.picture };
  const record = library.store.images.byId(image.id);
  if (record !== undefined) return { contentId: record.contentId };
  throw new AppError(
    'NOT_FOUND',
    `photo ${image.id}: is not in the library; search again, it may have been removed`,
  );
}

function kindOf(input: ModelInput): 'text' | 'image' {
  return 'text' in input ? 'text' : 'image';
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [index, value] of a.entries()) sum += value * (b[index] ?? 0);
  return sum;
}
