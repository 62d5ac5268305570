/**
 * /v1/texts: the text corpus (captions, tags, catalogue lines) that a lookup searches.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { textKinds } from '../../indexer/index.ts';
import { count, id, page } from './common.ts';
import { idInPath, wholeNumber } from './parameters.ts';

export const textSchema = z
  .strictObject({ id, kind: z.enum(textKinds), text: z.string(), linkCount: count })
  .meta({ id: 'Text' });

/** GET /v1/texts?q=…&kind=…&limit=…&cursor=… */
export const textListSchema = z
  .strictObject({ texts: z.array(textSchema), total: count.nullable(), ...page })
  .meta({ id: 'TextList' });
export type TextListDocument = Readonly<z.infer<typeof textListSchema>>;

const cursorMessage = 'expected the cursor of the answer before, once';

export const textListQuerySchema = z.strictObject({
  q: z
    .string({ error: 'expected words, once' })
    .max(500, 'expected at most 500 characters')
    .optional()
    .meta({ description: 'Words, or parts of words, that stand in the text, in any case of letters' }),
  kind: z
    .enum(textKinds, { error: `expected one of ${textKinds.join(', ')}` })
    .optional()
    .meta({ description: 'Of the texts; default: all' }),
  limit: wholeNumber(1, 500).default(50).meta({ description: 'texts' }),
  cursor: wholeNumber(1, 999_999_999_999_999, cursorMessage)
    .optional()
    .meta({ description: 'Of the answer before: the texts after those' }),
});

/** DELETE /v1/texts/:id */
export const textParamsSchema = z.object({
  id: idInPath('expected the number of a text, as the list gives it').meta({ description: 'Of a text' }),
});

/** Of the body: reading it takes some 30 ms, in which nobody else is served. */
export const NEW_TEXTS_BYTES_MAX = 4_000_000;

/** POST /v1/texts */
export const newTextsSchema = z
  .strictObject({
    texts: z
      .array(
        z.strictObject({
          text: z.string().trim().min(1).max(4000),
          kind: z.enum(textKinds),
          imageId: id.optional(),
          key: z.string().min(1).max(512).optional(),
          metadata: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .min(1)
      .max(1000),
  })
  .meta({ id: 'NewTexts' });

export const addedTextsSchema = z
  .strictObject({
    added: count,
    known: count,
    ids: z.array(id).meta({ description: 'Of each, in order; equal texts have one' }),
  })
  .meta({ id: 'AddedTexts' });
export type AddedTextsDocument = Readonly<z.infer<typeof addedTextsSchema>>;
