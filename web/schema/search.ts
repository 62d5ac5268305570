/**
 * /v1/search and /v1/search/stream: what they answer. What they are asked is `searchRequestSchema` of query.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { wordFields } from '../../query/index.ts';
import { band, count, id, milliseconds, notices, page, pMatch, reranked, score } from './common.ts';
import { imageSchema } from './image.ts';

export const hitSchema = z
  .strictObject({
    id,
    score,
    pMatch,
    band,
    rank: z.int().min(1),
    matched: z
      .strictObject({
        vector: z.boolean(),
        words: z.array(z.strictObject({ field: z.enum(wordFields), terms: z.array(z.string()) })),
      })
      .meta({ description: 'What found it' }),
    image: imageSchema,
    copies: z.array(imageSchema).meta({ description: 'Other places of the same bytes, at most 100' }),
    alike: z
      .array(z.strictObject({ id, score, image: imageSchema }))
      .meta({ description: 'Photos that look like this one and fit less well, at most 100' }),
    stackSize: count.meta({ description: 'Photos in this hit, itself included' }),
  })
  .meta({ id: 'Hit' });
export type HitDocument = Readonly<z.infer<typeof hitSchema>>;

export const searchSchema = z
  .strictObject({
    hits: z.array(hitSchema),
    truncatedText: z
      .boolean()
      .meta({ description: 'Whether the words were more than the model reads; the rest was ignored' }),
    timings: z.strictObject({
      encodeMs: milliseconds,
      filterMs: milliseconds,
      annMs: milliseconds,
      wordsMs: milliseconds,
      rerankMs: milliseconds,
      hydrateMs: milliseconds,
      totalMs: milliseconds,
      searchMs: milliseconds.meta({ description: 'filter, index and words together' }),
    }),
    generation: id,
    nothingMatches: z
      .boolean()
      .nullable()
      .meta({ description: "Whether even the best is below the model's cut-off; null: it cannot be told" }),
    cutoff: z
      .strictObject({ kind: z.enum(['pMatch', 'relative']), value: z.number(), hitsAbove: count })
      .nullable(),
    reranked,
    ...page,
    notices,
  })
  .meta({ id: 'SearchAnswer' });
export type SearchDocument = Readonly<z.infer<typeof searchSchema>>;

/** Events of the stream, in this order; `problem` instead of the rest where it fails. Each holds a SearchAnswer. */
export const searchStages = ['first', 'reranked', 'done'] as const;
