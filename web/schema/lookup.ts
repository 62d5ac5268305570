/**
 * POST /v1/lookup: a photo to the texts that belong to it.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { textKinds } from '../../indexer/index.ts';
import { band, count, id, milliseconds, notices, pMatch, reranked, score } from './common.ts';

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
