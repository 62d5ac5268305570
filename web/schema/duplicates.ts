/**
 * GET /v1/duplicates: copies of the same bytes, or photos that look alike, in groups.
 * Source: indexer/duplicates. Deviation: none.
 */
import { z } from 'zod';
import { duplicateKinds } from '../../indexer/index.ts';
import { count, id, page, score } from './common.ts';
import { imageSchema } from './image.ts';
import { wholeNumber } from './parameters.ts';

const kindMessage = `expected ${duplicateKinds.join(' or ')}`;
const cursorMessage = 'expected the cursor of an answer, unchanged';

export const duplicatesQuerySchema = z.strictObject({
  kind: z.enum(duplicateKinds, { error: kindMessage }).meta({ description: 'Same bytes, or alike' }),
  limit: wholeNumber(1, 100).default(20).meta({ description: 'groups' }),
  cursor: z
    .string(cursorMessage)
    .regex(/^[1-9]\d{0,14}-[1-9]\d{0,14}$/, cursorMessage)
    .optional()
    .meta({ description: 'Of the page before' }),
});

export const duplicateGroupSchema = z
  .strictObject({
    id,
    count: count.meta({ description: 'Photos in all; `photos` and their copies list the first ones' }),
    photos: z
      .array(
        z.strictObject({
          score: score.meta({ description: 'cosine to the first photo; 1 for copies' }),
          image: imageSchema,
          copies: z.array(imageSchema).meta({ description: 'Other places of the same bytes' }),
        }),
      )
      .meta({ description: 'Best first: the most pixels, then the most bytes, then the oldest' }),
  })
  .meta({ id: 'DuplicateGroup' });
export type DuplicateGroupDocument = Readonly<z.infer<typeof duplicateGroupSchema>>;

const nearSchema = z.strictObject({
  threshold: z.number().meta({ description: 'Cosine from which photos of these groups are alike' }),
  pending: count.meta({ description: 'Photos that were not compared yet' }),
  madeAt: z
    .string()
    .nullable()
    .meta({ description: 'When the groups were made, ISO 8601; null where nobody has looked yet' }),
  generation: id,
});
export type NearDocument = Readonly<z.infer<typeof nearSchema>>;

export const duplicatesSchema = z
  .strictObject({
    kind: z.enum(duplicateKinds),
    groups: z.array(duplicateGroupSchema).meta({ description: 'Those with the most photos first' }),
    total: z
      .strictObject({ groups: count, photos: count, spareBytes: count.nullable() })
      .nullable()
      .meta({ description: 'Of all pages; only with the first' }),
    near: nearSchema
      .nullable()
      .meta({ description: 'How far look-alikes are known; null for exact copies, which always are' }),
    ...page,
  })
  .meta({ id: 'Duplicates' });
export type DuplicatesDocument = Readonly<z.infer<typeof duplicatesSchema>>;
