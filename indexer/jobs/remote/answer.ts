/**
 * What a worker answers, and the owner's doubts about it.
 * Source: our own. Deviation: none.
 */
import { z } from 'zod';
import { AppError, messageOf, type ErrorCode } from '../../../model/index.ts';
import type { PhotoOutcome } from '../../pipeline/photo-encoder.ts';
import type { ContentFacts } from '../../store/index.ts';
import { checkVector } from '../../vectors/index.ts';
import { checkOwn, type Own, type Requirements } from './protocol.ts';

/** Before it is taken apart: 256 photos with vector, facts and preview stay far below. */
const ANSWER_CHARACTERS_MAX = 64 * 1024 * 1024;

/** A preview of 480 pixels has a tenth of it. */
const PREVIEW_BYTES_MAX = 512 * 1024;

const TEXT_LENGTH_MAX = 65_536;
const KEYWORDS_MAX = 4096;

const text = z.string().max(TEXT_LENGTH_MAX);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const pixels = z.number().int().min(1);
const positive = z.number().positive();

const factsSchema = z.object({
  hash,
  bytes: z.number().int().min(1),
  width: pixels,
  height: pixels,
  format: z.string().max(40),
  takenAt: z.string().max(40).nullable(),
  details: z.object({
    orientation: z.number().int().min(1).max(8).nullable(),
    camera: text.nullable(),
    lens: text.nullable(),
    exposureSeconds: positive.nullable(),
    aperture: positive.nullable(),
    iso: z.number().int().min(1).nullable(),
    focalLengthMm: positive.nullable(),
    latitude: z.number().min(-90).max(90).nullable(),
    longitude: z.number().min(-180).max(180).nullable(),
    altitudeM: z.number().nullable(),
    title: text.nullable(),
    caption: text.nullable(),
    keywords: z.array(text).max(KEYWORDS_MAX),
    creator: text.nullable(),
    copyright: text.nullable(),
    rating: z.number().int().min(1).max(5).nullable(),
    location: text.nullable(),
  }),
  reader: z.string(),
}) satisfies z.ZodType<ContentFacts>;

/** Codes that the file itself is to blame for, and those of the world. */
const refusalCodes = [
  'IMAGE_INVALID',
  'IMAGE_TOO_LARGE',
  'UNSUPPORTED',
  'INFERENCE_FAILED',
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE',
] as const satisfies readonly ErrorCode[];

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('known'), hash }),
  // Vector: float32, little-endian, base64. Preview: WebP, base64.
  z.object({
    kind: z.literal('photo'),
    facts: factsSchema,
    vector: z.string(),
    preview: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('refusal'),
    code: z.enum(refusalCodes),
    message: text,
    isFinal: z.boolean(),
  }),
]);

const ownSchema = z.object({
  protocol: z.number(),
  modelName: z.string(),
  modelIdentity: z.string(),
  preprocessVersion: z.string(),
  factsReader: z.string(),
  dimension: z.number(),
}) satisfies z.ZodType<Own>;

const answerSchema = z.object({
  number: z.number().int().nonnegative(),
  worker: z.string().max(200),
  own: ownSchema,
  /** One per item, in order; or why the worker could do nothing of it. */
  result: z.union([
    z.object({ outcomes: z.array(outcomeSchema) }),
    z.object({ failure: z.object({ code: z.string(), message: text }) }),
  ]),
});

type WrittenAnswer = z.infer<typeof answerSchema>;

/** An answer that was read, not yet believed. */
export interface Answer {
  readonly number: number;
  readonly worker: string;
  readonly written: WrittenAnswer;
}

export type WorkerResult =
  | { readonly outcomes: readonly PhotoOutcome[] }
  | { readonly failure: { readonly code: string; readonly message: string } };

export function writeAnswer(answer: {
  readonly number: number;
  readonly worker: string;
  readonly own: Own;
  readonly result: WorkerResult;
}): string {
  const { number, worker, own, result } = answer;
  return JSON.stringify({
    number,
    worker,
    own,
    result: 'failure' in result ? result : { outcomes: result.outcomes.map(written) },
  });
}

function written(outcome: PhotoOutcome): unknown {
  if (outcome.kind !== 'photo') return outcome;
  const { facts, vector, preview } = outcome;
  return {
    kind: 'photo',
    facts,
    vector:
      vector === null ? '' : base64(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)),
    preview: preview === null || preview.length > PREVIEW_BYTES_MAX ? null : base64(preview),
  };
}

/** @returns undefined for what no worker of this program has written */
export function readAnswer(body: string): Answer | undefined {
  if (body.length > ANSWER_CHARACTERS_MAX) return undefined;
  try {
    const answer = answerSchema.parse(JSON.parse(body));
    return { number: answer.number, worker: answer.worker, written: answer };
  } catch {
    return undefined;
  }
}

/**
 * The outcomes of an answer that may be committed.
 * @throws AppError LIBRARY_MISMATCH (another model), INFERENCE_FAILED (vectors that are none, too few outcomes), or the
 *   failure that the worker tells
 */
export function believedOutcomes(
  { worker, written: answer }: Answer,
  requirements: Requirements,
  count: number,
): readonly PhotoOutcome[] {
  const { own, result } = answer;
  checkOwn(own, requirements);
  if ('failure' in result) {
    throw new AppError('INFERENCE_FAILED', `${result.failure.code}: ${result.failure.message}`);
  }
  if (result.outcomes.length !== count) {
    throw new AppError(
      'INFERENCE_FAILED',
      `worker "${worker}" gave ${result.outcomes.length} outcomes, expected ${count}`,
    );
  }
  return result.outcomes.map((outcome) => {
    if (outcome.kind !== 'photo') return outcome;
    const { facts, vector, preview } = outcome;
    if (facts.reader !== requirements.factsReader) {
      throw new AppError(
        'LIBRARY_MISMATCH',
        `worker "${worker}" read facts as "${facts.reader}", expected "${requirements.factsReader}"`,
      );
    }
    return {
      kind: 'photo',
      facts,
      vector: believedVector(vector, requirements.dimension),
      preview: preview === null ? null : believedPreview(preview),
    };
  });
}

/** @throws AppError INFERENCE_FAILED unless it is finite and of unit length */
function believedVector(encoded: string, dimension: number): Float32Array {
  const bytes = Buffer.from(encoded, 'base64');
  // Copied, because a vector must begin at a multiple of four.
  const vector = new Float32Array(Uint8Array.from(bytes).buffer, 0, Math.floor(bytes.length / 4));
  try {
    checkVector(vector, dimension);
  } catch (error) {
    throw new AppError('INFERENCE_FAILED', messageOf(error), { cause: error });
  }
  return vector;
}

/** @returns null for what is no WebP: it is made again when it is asked for */
function believedPreview(encoded: string): Uint8Array | null {
  const bytes = Buffer.from(encoded, 'base64');
  const isWebp = bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
  return isWebp && bytes.length <= PREVIEW_BYTES_MAX ? bytes : null;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
