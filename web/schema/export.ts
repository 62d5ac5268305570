/**
 * GET /v1/export?ids=1,2,3&as=json|zip: chosen photos as a JSON document (ImageDetails each), or their files as a ZIP stream.
 * Source: our own. Deviation: none.
 */
import { z } from 'zod';
import { imageDetailsSchema } from './image.ts';

export const EXPORT_IDS_MAX = 1000;
export const exportFormats = ['json', 'zip'] as const;
export const exportSchema = z.strictObject({ images: z.array(imageDetailsSchema) }).meta({ id: 'Export' });
