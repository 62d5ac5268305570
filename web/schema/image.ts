/**
 * A photo as JSON: in a list, and with all that is known of it.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { textKinds } from '../../indexer/index.ts';
import { collapseModes, typedExamples } from '../../query/index.ts';
import { count, id, page } from './common.ts';
import { idInPath, wholeNumber } from './parameters.ts';

/** In hits and lists. Links are of this server, relative to its root. */
export const imageSchema = z
  .strictObject({
    id,
    path: z
      .string()
      .optional()
      .meta({ description: 'Absolute; only where nobody but the people at this machine can connect' }),
    fileName: z.string(),
    folder: z.string().meta({ description: 'From the name of the indexed folder on, with slashes' }),
    width: count.meta({ description: 'pixels, upright' }),
    height: count.meta({ description: 'pixels, upright' }),
    bytes: count,
    format: z.string(),
    takenAt: z.string().nullable().meta({
      description: 'ISO 8601 as the camera noted it, usually without a zone; null where it did not',
    }),
    thumbnail: z.string(),
    preview: z.string(),
    original: z.string(),
  })
  .meta({ id: 'Image', description: 'A photo of the library' });
export type ImageDocument = Readonly<z.infer<typeof imageSchema>>;

/** A text that is said of the photo: embedded in it, imported, or a tag of the engine. */
export const imageTextSchema = z.strictObject({
  id,
  kind: z.enum(textKinds),
  text: z.string(),
  source: z
    .string()
    .meta({ description: 'Who says so: a file, "embedded" (the photo itself), or "tags:…" (the engine)' }),
});

/** GET /v1/images/:id */
export const imageDetailsSchema = imageSchema
  .extend({
    orientation: z.int().nullable().meta({ description: "EXIF's, 1 to 8, as stored" }),
    camera: z.string().nullable(),
    lens: z.string().nullable(),
    exposureSeconds: z.number().nullable(),
    aperture: z.number().nullable().meta({ description: 'the f-number' }),
    iso: z.number().nullable(),
    focalLengthMm: z.number().nullable(),
    latitude: z.number().nullable(),
    longitude: z.number().nullable(),
    altitudeM: z.number().nullable(),
    title: z.string().nullable(),
    caption: z.string().nullable(),
    keywords: z.array(z.string()),
    creator: z.string().nullable(),
    copyright: z.string().nullable(),
    rating: z.int().nullable(),
    location: z.string().nullable(),
    texts: z.array(imageTextSchema).meta({ description: 'At most 100' }),
    copies: z.array(imageSchema).meta({ description: 'Other places of the same bytes, at most 100' }),
  })
  .meta({ id: 'ImageDetails' });
export type ImageDetailsDocument = Readonly<z.infer<typeof imageDetailsSchema>>;

/** GET /v1/images: newest first. */
export const imageListSchema = z
  .strictObject({ images: z.array(imageSchema), total: count.nullable(), ...page })
  .meta({ id: 'ImageList' });
export type ImageListDocument = Readonly<z.infer<typeof imageListSchema>>;

const FILTERS_CHARACTERS_MAX = 2000;
const cursorMessage = 'expected the cursor of the answer before, once';

export const imageListQuerySchema = z.strictObject({
  q: z
    .string({ error: 'expected filters, once' })
    .max(FILTERS_CHARACTERS_MAX, `expected at most ${FILTERS_CHARACTERS_MAX} characters`)
    .optional()
    .meta({ description: `Filters as one types them: ${typedExamples.join(', ')}` }),
  cursor: z
    .string(cursorMessage)
    .min(1, cursorMessage)
    .max(500, cursorMessage)
    .optional()
    .meta({ description: 'Of the answer before: the photos after those' }),
  limit: wholeNumber(1, 500).default(50).meta({ description: 'photos' }),
});

/** GET /v1/images/:id/similar, which answers as a search does. */
export const similarQuerySchema = z.strictObject({
  collapse: z
    .enum(collapseModes, { error: `expected one of ${collapseModes.join(', ')}` })
    .optional()
    .meta({
      description:
        'none: each file is a hit, also copies of this photo; exact, the default: copies are one hit, and those of this photo are left out; near: the same with photos that look alike',
    }),
  cursor: z
    .string(cursorMessage)
    .min(1, cursorMessage)
    .max(2000, cursorMessage)
    .optional()
    .meta({ description: 'Of the answer before: the hits after those' }),
  limit: wholeNumber(1, 1000).optional().meta({ description: 'hits, default 50' }),
});

/** Of everything below /v1/images/:id */
export const imageParamsSchema = z.object({
  id: idInPath('expected the number of a photo, as a search gives it').meta({ description: 'Of a photo' }),
});

export const thumbnailQuerySchema = z.strictObject({
  size: z
    .enum(['small', 'large'], { error: 'expected small or large' })
    .default('small')
    .meta({ description: 'The longer side: 480 or 1280 pixels' }),
  v: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/, 'expected hexadecimal digits')
    .optional()
    .meta({ description: 'As in the links of a photo: what is behind such an address never changes' }),
});
