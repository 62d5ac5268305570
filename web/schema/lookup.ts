/**
 * POST /v1/lookup: a photo to the texts that belong to it.
 * Source: DESIGN, "HTTP". Deviation: a picture may also be the whole body, which is what a shell sends most easily.
 */
import { z } from 'zod';
import { textKinds } from '../../indexer/index.ts';
import { imageInputSchema } from '../../query/index.ts';
import { band, count, id, milliseconds, notices, pMatch, reranked, score } from './common.ts';
import { wholeNumber } from './parameters.ts';

const COUNT_MAX = 1000;
const TEXT_CHARACTERS_MAX = 10_000;
const countMessage = `expected a whole number from 1 to ${COUNT_MAX}`;
const wholeCount = z.int(countMessage).min(1, countMessage).max(COUNT_MAX, countMessage);

const rerankSchema = z.strictObject({
  k: wholeCount.optional().meta({ description: 'texts, default 32' }),
  budgetMs: z.number().min(0).optional().meta({ description: 'left out: as long as it takes' }),
});

export const lookupRequestSchema = z
  .strictObject({
    image: imageInputSchema.optional().meta({ description: 'Either this, a file beside it, or `text`' }),
    text: z
      .string()
      .max(TEXT_CHARACTERS_MAX, `expected at most ${TEXT_CHARACTERS_MAX} characters`)
      .optional()
      .meta({ description: 'Texts that mean about the same' }),
    kinds: z
      .array(z.enum(textKinds, { error: `expected one of ${textKinds.join(', ')}` }))
      .optional()
      .meta({ description: 'Default: all' }),
    limit: wholeCount.optional().meta({ description: 'texts, default 20' }),
    own: z
      .boolean()
      .optional()
      .meta({ description: 'Whether texts that are said of the photo itself are found too, default true' }),
    texts: z
      .array(z.string())
      .optional()
      .meta({ description: 'These instead of those of the library, 1 to 10,000' }),
    rerank: z
      .union([z.literal(false), rerankSchema], { error: 'expected false or an object with k, budgetMs' })
      .optional()
      .meta({ description: 'Which are read together with the photo' }),
    minMatch: z
      .union([z.number().min(0).max(1), z.literal('default')], {
        error: 'expected a number from 0 to 1, or "default"',
      })
      .optional()
      .meta({ description: 'Texts with a lower pMatch are left out; default: the cut-off of the model' }),
  })
  .meta({ id: 'LookupRequest' });

/** Beside a picture that is the body itself there is no room for wishes. */
export const lookupQuerySchema = z.strictObject({
  limit: wholeNumber(1, COUNT_MAX).optional().meta({ description: 'As in the body' }),
});

export const lookupHitSchema = z
  .strictObject({
    id: id.nullable().meta({ description: 'Of the text; null where it was brought with the request' }),
    kind: z.enum(textKinds).nullable(),
    kinds: z.array(z.enum(textKinds)),
    text: z.string(),
    score,
    pMatch,
    band,
    rank: z.int().min(1),
    own: z.boolean().meta({ description: 'Whether it is said of the photo that was asked for' }),
    links: z
      .array(
        z.strictObject({
          source: z.string(),
          imageId: id.nullable(),
          path: z.string().nullable(),
          key: z.string().nullable(),
          metadata: z.unknown(),
        }),
      )
      .meta({ description: 'At most 20' }),
    linkCount: count,
  })
  .meta({ id: 'LookupHit' });
export type LookupHitDocument = Readonly<z.infer<typeof lookupHitSchema>>;

export const lookupSchema = z
  .strictObject({
    texts: z.array(lookupHitSchema),
    nothingMatches: z.boolean().nullable(),
    cutoff: z.strictObject({ kind: z.enum(['pMatch', 'relative']), value: z.number() }).nullable(),
    reranked,
    truncatedText: z.boolean(),
    notices,
    generation: id,
    timings: z.strictObject({
      encodeMs: milliseconds,
      annMs: milliseconds,
      rerankMs: milliseconds,
      hydrateMs: milliseconds,
      totalMs: milliseconds,
    }),
  })
  .meta({ id: 'LookupAnswer' });
export type LookupDocument = Readonly<z.infer<typeof lookupSchema>>;
