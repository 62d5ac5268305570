/**
 * The check of a search request that a stranger sent or a person typed.
 * Source: our own, with zod. Deviation: none.
 */
import { z } from 'zod';
import { photoFilterSchema } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { collapseModes } from '../collapse.ts';
import type { ImageInput, SearchRequest } from '../request.ts';
import { cutText, PARTS_MAX, plainText, QUERY_CHARACTERS_MAX, WEIGHT_MAX } from './query-text.ts';

export const LIMIT_MAX = 1000;
export const RERANK_MAX = 1000;
/** Photos that are left out. */
export const WITHOUT_MAX = 100;
/** An hour: nobody waits longer for a search. */
const BUDGET_MS_MAX = 3_600_000;
const CURSOR_CHARACTERS_MAX = 2000;
/** Of the photo as text: some 48 megabytes. */
const DATA_URI_CHARACTERS_MAX = 64_000_000;

const sorts = ['relevance', 'date'] as const;
const wordModes = ['auto', 'on', 'off'] as const;
const fields = [
  'text',
  'image',
  'positive',
  'negative',
  'filter',
  'without',
  'sort',
  'limit',
  'cursor',
  'minMatch',
  'rerank',
  'words',
  'collapse',
] as const satisfies readonly (keyof SearchRequest)[];

const text = z
  .string({ error: 'expected words as a text' })
  .max(QUERY_CHARACTERS_MAX, `expected at most ${QUERY_CHARACTERS_MAX} characters`)
  .transform((value) => cutText(plainText(value)))
  .refine((value) => value !== '', 'is empty, expected words to look for; say what the photo shows');

const weightMessage = `expected a number above 0, at most ${WEIGHT_MAX}`;
const weight = z.number({ error: weightMessage }).gt(0, weightMessage).max(WEIGHT_MAX, weightMessage);

/** A path is none of the ways: a stranger must not have files read. */
const imageMessage = 'expected {"id": <number of a photo>} or {"dataUri": "data:image/jpeg;base64,…"}';
const idMessage = 'expected the number of a photo, 1 or more';
const libraryImage = z.strictObject({ id: z.int(idMessage).min(1, idMessage) });
const sentImage = z
  .strictObject({ dataUri: z.string().max(DATA_URI_CHARACTERS_MAX) })
  .transform(({ dataUri }, context): ImageInput => {
    const bytes = bytesOf(dataUri);
    if (bytes !== undefined) return { picture: bytes };
    context.addIssue({ code: 'custom', message: imageMessage });
    return z.NEVER;
  });

/** The path of a file, for whoever may read this machine's files anyway. */
const localImage = z.strictObject({ picture: z.string().min(1, 'is empty, expected the path of a picture') });

const rerankMessage = 'expected false or an object with k, budgetMs';
const rerank = z.union(
  [
    z.literal(false),
    known(['k', 'budgetMs'], {
      k: whole(1, RERANK_MAX).optional(),
      budgetMs: z
        .number({ error: 'expected milliseconds' })
        .min(0, 'expected milliseconds from 0 on')
        .max(BUDGET_MS_MAX, `expected at most ${BUDGET_MS_MAX} milliseconds`)
        .optional(),
    }),
  ],
  { error: rerankMessage },
);

const minMatchMessage = 'expected a number from 0 to 1, or "default"';
const minMatch = z.union([z.number().min(0, minMatchMessage).max(1, minMatchMessage), z.literal('default')], {
  error: minMatchMessage,
});

const cursor = z
  .string({ error: 'expected the cursor of the answer before' })
  .min(1, 'is empty, expected the cursor of the answer before')
  .max(CURSOR_CHARACTERS_MAX, 'is none of ours, expected the cursor of the answer before');

/** @param image what a photo may be given as */
function requestSchema(image: z.ZodType<ImageInput>): z.ZodType<SearchRequest> {
  const part = known(['text', 'image', 'weight'], {
    text: text.optional(),
    image: image.optional(),
    weight: weight.optional(),
  }).refine(
    (value) => (value.text === undefined) !== (value.image === undefined),
    'expected either text or image',
  );
  const parts = z.array(part, { error: 'expected a list of parts, such as [{"text": "sea"}]' });
  const request = known(fields, {
    text: text.optional(),
    image: image.optional(),
    positive: parts.optional(),
    negative: parts.optional(),
    filter: photoFilterSchema.optional(),
    without: z
      .array(z.int(idMessage).min(1, idMessage), { error: 'expected a list of numbers of photos' })
      .max(WITHOUT_MAX, `expected at most ${WITHOUT_MAX} photos`)
      .optional(),
    sort: oneOf(sorts).optional(),
    limit: whole(1, LIMIT_MAX).optional(),
    cursor: cursor.optional(),
    minMatch: minMatch.optional(),
    rerank: rerank.optional(),
    words: oneOf(wordModes).optional(),
    collapse: oneOf(collapseModes).optional(),
  }).superRefine((value, context) => {
    const problem = partsProblem(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });
  // What was left out is left out: with zod's `undefined` in its place, exact optional fields are not met.
  return request.transform(
    (value) =>
      Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as SearchRequest,
  );
}

function partsProblem(request: {
  readonly text?: unknown;
  readonly image?: unknown;
  readonly positive?: readonly unknown[] | undefined;
  readonly negative?: readonly unknown[] | undefined;
  readonly filter?: unknown;
}): string | undefined {
  const { positive = [], negative = [] } = request;
  const own = [request.text, request.image].filter((one) => one !== undefined).length;
  const count = own + positive.length + negative.length;
  if (count > PARTS_MAX) return `has ${count} parts, expected at most ${PARTS_MAX} in all`;
  if (count > 0 || request.filter !== undefined) return undefined;
  return 'asks for nothing, expected text, image, positive, negative or filter';
}

/** A photo of the library, or one that a stranger sent. */
export const imageInputSchema: z.ZodType<ImageInput> = z
  .union([libraryImage, sentImage], { error: imageMessage })
  .meta({
    id: 'ImageInput',
    description: 'A photo of the library by its number, or a picture as a data URI',
  });

/**
 * One check for HTTP and the command line. A message names what was found and what was expected; its path the field.
 * Beyond `SearchRequest`, a photo is `{id}` or `{dataUri}`.
 */
export const searchRequestSchema = requestSchema(imageInputSchema).meta({
  id: 'SearchRequest',
  description: 'At least one text, image or filter',
});

/** The same for a person at this machine, whose photos are `{id}` or `{picture: path}`. */
const localRequestSchema = requestSchema(
  z.union([libraryImage, localImage], { error: 'expected {"id": <number of a photo>} or {"picture": path}' }),
);

/**
 * A request of a person at this machine, who may have files read.
 * @param place what messages begin with
 * @throws AppError INVALID_ARGUMENT, with every problem found
 */
export function checkLocalRequest(value: unknown, place = 'query'): SearchRequest {
  const checked = localRequestSchema.safeParse(value);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(
    ({ path, message }) => `${[place, ...path].join('.')}: ${message}`,
  );
  throw new AppError('INVALID_ARGUMENT', problems.join('; '), { cause: checked.error });
}

function known<Shape extends z.ZodRawShape>(names: readonly string[], shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return `expected an object with ${names.join(', ')}`;
      const found = issue.keys.map((key) => key.slice(0, 40)).join(', ');
      return `has the unknown field ${found}, expected ${names.join(', ')}`;
    },
  });
}

function whole(min: number, max: number) {
  const message = `expected a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
}

function oneOf<const Values extends readonly string[]>(values: Values) {
  return z.enum(values, { error: `expected one of ${values.join(', ')}` });
}

/** Undefined for what is no picture in base64. Whether it can be decoded is found out later. */
function bytesOf(dataUri: string): Uint8Array | undefined {
  const comma = dataUri.indexOf(',');
  const head = dataUri.slice(0, comma);
  if (comma < 0 || comma > 100 || !/^data:image\/[\w.+-]+;base64$/i.test(head)) return undefined;
  const body = dataUri.slice(comma + 1);
  const bytes = Buffer.from(body, 'base64');
  // Buffer passes over what is not base64, so what it read is written again.
  const length = body.replace(/=+$/, '').length;
  return bytes.length > 0 && Math.ceil((bytes.length * 4) / 3) === length ? bytes : undefined;
}
