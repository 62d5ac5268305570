/**
 * /v1/search and /v1/search/stream: what they are asked in the address, and what they answer. What they are asked in a body
 * is `searchRequestSchema` of query.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { collapseModes, sortOrders, wordFields, wordsModes } from '../../query/index.ts';
import { band, count, id, milliseconds, notices, page, pMatch, reranked, score } from './common.ts';
import { imageSchema } from './image.ts';
import { shareOrDefault, wholeNumber } from './parameters.ts';

/** Far more than any model here reads. */
const TEXT_CHARACTERS_MAX = 2000;
const LIMIT_MAX = 1000;

const wordsMessage = 'expected words to search for, once';

/** GET /v1/search?q=… */
export const searchQuerySchema = z.strictObject({
  q: z
    .string({ error: wordsMessage })
    .trim()
    .min(1, 'expected at least one word')
    .max(TEXT_CHARACTERS_MAX, `expected at most ${TEXT_CHARACTERS_MAX} characters`)
    .meta({ description: 'What the photo shows', example: 'a red balloon over the sea' }),
  collapse: z
    .enum(collapseModes, { error: `expected one of ${collapseModes.join(', ')}` })
    .default('exact')
    .meta({ description: 'What is one hit: each file, all copies of the same bytes, or all look-alikes' }),
  cursor: z
    .string({ error: 'expected a cursor, once' })
    .min(1)
    .max(2000)
    .optional()
    .meta({ description: 'Of the answer before: the hits after those' }),
  sort: z
    .enum(sortOrders, { error: `expected one of ${sortOrders.join(', ')}` })
    .optional()
    .meta({ description: '`date`: newest first inside relevance bands' }),
  words: z
    .enum(wordsModes, { error: `expected one of ${wordsModes.join(', ')}` })
    .optional()
    .meta({ description: 'Whether names, captions, keywords, cameras and places are searched too' }),
  minMatch: shareOrDefault('expected a number from 0 to 1, or default')
    .optional()
    .meta({ description: 'Hits with a lower pMatch are left out; default: the cut-off of the model' }),
  rerank: wholeNumber(0, LIMIT_MAX, `expected how many photos are read again, 0 to ${LIMIT_MAX}`)
    .optional()
    .meta({ description: 'The best so many are read again beside the words' }),
  limit: wholeNumber(1, LIMIT_MAX).optional().meta({ description: 'hits, default 50' }),
});

/** POST, for whoever has a line that a person typed and not words and parts apart; see web/typed-search. */
export const LINE_CHARACTERS_MAX = 2000;
export const typedSearchSchema = z
  .looseObject({
    query: z.string().min(1).max(LINE_CHARACTERS_MAX).meta({
      description:
        'A line as one types it, such as `beach -people +sunset camera:canon`, in place of `text`; its parts and filters join those given beside it',
    }),
  })
  .meta({ id: 'TypedSearchRequest', description: 'With any field of the other form, but for `text`' });

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
