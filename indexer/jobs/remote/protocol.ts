/**
 * What the owner of a library asks of workers: its call, and its batches.
 * Source: our own. Deviation: none.
 */
import { z } from 'zod';
import { AppError, preprocessVersion, type Embedder } from '../../../model/index.ts';
import type { KnownContents, WorkItem } from '../../pipeline/photo-encoder.ts';
import { factsReader } from '../../photos/picture-facts.ts';

/** Raised when a message changes its meaning. */
export const PROTOCOL = 1;

/** Hashes that travel with one file; where more contents are of its size the owner hashes it itself. */
export const HASHES_PER_ITEM_MAX = 64;

const PATH_LENGTH_MAX = 32_768;
const ITEMS_PER_BATCH_MAX = 256;

const requirementsSchema = z.object({
  protocol: z.number().int(),
  libraryId: z.string(),
  modelName: z.string(),
  modelIdentity: z.string(),
  preprocessVersion: z.string(),
  factsReader: z.string(),
  dimension: z.number().int().positive(),
  fileBytesMax: z.number().int().positive(),
  imagePixelsMax: z.number().int().positive(),
});

/** What a worker must be, so that its vectors are those that the owner would make. */
export type Requirements = z.infer<typeof requirementsSchema>;

const callSchema = z.object({ requirements: requirementsSchema });

/** What the owner says while it has work. */
export type Call = z.infer<typeof callSchema>;

const itemSchema = z.object({
  path: z.string().max(PATH_LENGTH_MAX),
  bytes: z.number().int().nonnegative(),
  modifiedMs: z.number(),
  known: z.array(z.string()).max(HASHES_PER_ITEM_MAX),
  wantsPreview: z.boolean(),
});

const batchSchema = z.object({
  number: z.number().int().nonnegative(),
  requirements: requirementsSchema,
  items: z.array(itemSchema).min(1).max(ITEMS_PER_BATCH_MAX),
});

export interface Batch {
  /** Of the run, from 0. */
  readonly number: number;
  readonly requirements: Requirements;
  readonly items: readonly WorkItem[];
}

/** What both sides must agree on. */
export type Own = Pick<Requirements, 'protocol' | 'modelName' | 'modelIdentity' | 'dimension'> &
  Pick<Requirements, 'preprocessVersion' | 'factsReader'>;

export function ownOf(embedder: Embedder): Own {
  const { name: modelName, identity: modelIdentity, dimension } = embedder;
  return { protocol: PROTOCOL, modelName, modelIdentity, preprocessVersion, factsReader, dimension };
}

/** @throws AppError LIBRARY_MISMATCH naming what both sides have */
export function checkOwn(own: Own, wanted: Own): void {
  const differing = (
    [
      ['protocol', 'the same version of this program'],
      ['modelIdentity', 'the same model; choose it with --model'],
      ['preprocessVersion', 'the same version of this program'],
      ['factsReader', 'the same version of this program'],
      ['dimension', 'the same model; choose it with --model'],
    ] as const
  ).find(([field]) => own[field] !== wanted[field]);
  if (differing === undefined) return;
  const [field, remedy] = differing;
  const named = (side: Own): string =>
    field === 'modelIdentity'
      ? `model "${side.modelName}" (${side.modelIdentity.slice(0, 12)})`
      : `${field} ${side[field]}`;
  throw new AppError(
    'LIBRARY_MISMATCH',
    `this worker has ${named(own)}, the library expects ${named(wanted)}; its photos would not be comparable, so the worker needs ${remedy}`,
  );
}

export function writeCall(call: Call): string {
  return JSON.stringify(call);
}

/** @throws AppError LIBRARY_MISMATCH */
export function readCallBody(body: string): Call {
  return parsed(callSchema, body, 'the call of the library');
}

export function writeBatch(batch: {
  readonly number: number;
  readonly requirements: Requirements;
  readonly questions: readonly { readonly item: WorkItem; readonly known: readonly string[] }[];
}): string {
  const { number, requirements, questions } = batch;
  const items = questions.map(({ item: { path, bytes, modifiedMs, wantsPreview }, known }) => {
    return { path, bytes, modifiedMs, known: [...known], wantsPreview };
  });
  return JSON.stringify({ number, requirements, items } satisfies z.infer<typeof batchSchema>);
}

/** For the owner, who has the rest. */
export function numberOf(body: string): number {
  return parsed(z.object({ number: z.number() }), body, 'a batch').number;
}

/** @throws AppError LIBRARY_MISMATCH */
export function readBatch(body: string): Batch {
  const batch = parsed(batchSchema, body, 'a batch');
  const items = batch.items.map(({ path, bytes, modifiedMs, wantsPreview, known }) => {
    return { path, bytes, modifiedMs, wantsPreview, known: listed(known) };
  });
  return { ...batch, items };
}

function listed(hashes: readonly string[]): KnownContents {
  const known = new Set(hashes);
  return { has: (hash) => known.has(hash), ofSameSize: () => hashes };
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: string, what: string): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw unreadable(what, error);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw unreadable(what, result.error);
  return result.data;
}

function unreadable(what: string, cause: unknown): AppError {
  return new AppError(
    'LIBRARY_MISMATCH',
    `${what} is not of protocol ${PROTOCOL}; install the same version of this program on both machines`,
    { cause },
  );
}
