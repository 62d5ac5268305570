/**
 * /v1/texts: the text corpus (captions, tags, catalogue lines) that a lookup searches.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { textKinds } from '../../indexer/index.ts';
import { count, id, page } from './common.ts';

export const textSchema = z
  .strictObject({ id, kind: z.enum(textKinds), text: z.string(), linkCount: count })
  .meta({ id: 'Text' });

/** GET /v1/texts?q=…&kind=…&limit=…&cursor=… */
export const textListSchema = z
  .strictObject({ texts: z.array(textSchema), total: count.nullable(), ...page })
  .meta({ id: 'TextList' });
export type TextListDocument = Readonly<z.infer<typeof textListSchema>>;

/** POST /v1/texts */
export const newTextsSchema = z
  .strictObject({
    texts: z
      .array(
        z.strictObject({
          text: z.string().trim().min(1).max(10_000),
          kind: z.enum(textKinds),
          imageId: id.optional(),
          key: z.string().max(1000).optional(),
          metadata: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .min(1)
      .max(1000),
  })
  .meta({ id: 'NewTexts' });

export const addedTextsSchema = z
  .strictObject({ added: count, known: count, ids: z.array(id) })
  .meta({ id: 'AddedTexts' });
