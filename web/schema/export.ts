/**
 * GET /v1/export?ids=1,2,3&as=json|zip: chosen photos as a JSON document (ImageDetails each), or their files as a ZIP stream.
 * Source: our own. Deviation: none.
 */
import { z } from 'zod';
import { id } from './common.ts';
import { imageDetailsSchema } from './image.ts';

export const EXPORT_IDS_MAX = 1000;
export const exportFormats = ['json', 'zip'] as const;

const idsMessage = `expected 1 to ${EXPORT_IDS_MAX} numbers of photos with commas between them, such as 1,2,3`;

export const exportQuerySchema = z.strictObject({
  ids: z
    .string(idsMessage)
    .regex(/^[1-9]\d{0,14}(?:,[1-9]\d{0,14})*$/, idsMessage)
    .transform((text) => [...new Set(text.split(',').map(Number))])
    .refine((ids) => ids.length <= EXPORT_IDS_MAX, idsMessage)
    .meta({
      description: 'Of photos, with commas between them',
      override: ({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }) => {
        jsonSchema['type'] = 'string';
      },
    }),
  as: z
    .enum(exportFormats, { error: `expected one of ${exportFormats.join(', ')}` })
    .meta({ description: 'All that is known of the photos, or their files' }),
});

export const exportSchema = z
  .strictObject({
    images: z.array(imageDetailsSchema).meta({ description: 'In the order asked for' }),
    missing: z.array(id).meta({ description: 'Of those asked for, the ones that are not in the library' }),
  })
  .meta({ id: 'Export' });
export type ExportDocument = Readonly<z.infer<typeof exportSchema>>;
