/**
 * What programs written for other services ask: /v1/models, /v1/embeddings (OpenAI's form), /v1/rerank (Cohere's form), and
 * /v1/classify.
 * Source: the public API references of OpenAI and Cohere. Deviation: inputs may be pictures.
 */
import { z } from 'zod';
import { imageInputSchema, rankBases } from '../../query/index.ts';
import { count, score } from './common.ts';

/** GET /v1/models */
export const modelSchema = z
  .strictObject({
    id: z.string(),
    object: z.literal('model'),
    created: count.meta({ description: 'Seconds since 1970: when the library met it' }),
    owned_by: z.string(),
    dimension: count,
    textLength: count.meta({ description: 'Tokens of a text that are read' }),
    canRerank: z.boolean().meta({ description: 'Whether it can read photo and words together' }),
    isCalibrated: z.boolean().meta({ description: 'Whether pMatch can be told' }),
  })
  .meta({ id: 'Model' });
export type ModelDocument = Readonly<z.infer<typeof modelSchema>>;
export const modelListSchema = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(modelSchema).meta({ description: 'That of the library first' }),
  })
  .meta({ id: 'ModelList' });

const TEXT_CHARACTERS_MAX = 100_000;
const INPUTS_MAX = 256;
const DOCUMENTS_MAX = 1000;
/** As pictures in JSON may be. */
const DATA_URI_CHARACTERS_MAX = 64_000_000;

const textMessage = `expected a text of 1 to ${TEXT_CHARACTERS_MAX} characters`;
const text = z.string(textMessage).min(1, textMessage).max(TEXT_CHARACTERS_MAX, textMessage);

/** A picture where other services know texts only: `data:image/jpeg;base64,…` means it, and no text. */
const pictureAsText = z
  .string()
  .max(DATA_URI_CHARACTERS_MAX)
  .regex(/^data:image\//i)
  .transform((dataUri): unknown => ({ dataUri }))
  .pipe(imageInputSchema)
  .transform((image) => ({ image }))
  .meta({ description: 'A picture as a data URI' });
const plainText = text
  .regex(/^(?!data:image\/)/i)
  .transform((given) => ({ text: given }))
  .meta({ description: 'Words' });

const inputMessage =
  'expected a text, a picture as "data:image/jpeg;base64,…", {"text": …}, or {"image": {"id": …} or {"dataUri": …}}';
const textOrImage = z.union(
  [plainText, pictureAsText, z.strictObject({ text }), z.strictObject({ image: imageInputSchema })],
  { error: inputMessage },
);

const model = z.string().max(200).optional().meta({ description: 'Default: that of the library' });
const user = z.string().max(1000).optional().meta({ description: 'Not looked at' });

/** POST /v1/embeddings */
export const embeddingsRequestSchema = z
  .strictObject({
    input: z
      .union([textOrImage.transform((one) => [one]), z.array(textOrImage).min(1).max(INPUTS_MAX)], {
        error: `${inputMessage}, or a list of 1 to ${INPUTS_MAX} of them`,
      })
      .meta({ description: `One input, or 1 to ${INPUTS_MAX}` }),
    model,
    encoding_format: z
      .enum(['float', 'base64'])
      .default('float')
      .meta({ description: 'base64: of float32 numbers, the lowest byte first' }),
    dimensions: z.int().optional().meta({ description: 'Only what the model has' }),
    user,
  })
  .meta({ id: 'EmbeddingsRequest' });
export const embeddingsSchema = z
  .strictObject({
    object: z.literal('list'),
    model: z.string(),
    data: z.array(
      z.strictObject({
        object: z.literal('embedding'),
        index: count,
        embedding: z.union([z.array(z.number()), z.string()]).meta({ description: 'of unit length' }),
      }),
    ),
    usage: z
      .strictObject({ prompt_tokens: count, total_tokens: count })
      .meta({ description: 'Tokens of texts that were read' }),
  })
  .meta({ id: 'Embeddings' });
export type EmbeddingsDocument = Readonly<z.infer<typeof embeddingsSchema>>;

const documentId = z.string().max(1000).optional().meta({ description: 'Comes back as it is' });
const documentMessage = `${inputMessage}, the objects with "id" or without`;

/** POST /v1/rerank */
export const rerankRequestSchema = z
  .strictObject({
    query: textOrImage,
    documents: z
      .array(
        z.union(
          [
            plainText,
            pictureAsText,
            z.strictObject({ id: documentId, text }),
            z.strictObject({ id: documentId, image: imageInputSchema }),
          ],
          { error: documentMessage },
        ),
      )
      .min(1)
      .max(DOCUMENTS_MAX)
      .meta({ description: 'All texts, or all pictures' }),
    model,
    top_n: z.int().min(1).optional().meta({ description: 'Default: all' }),
    return_documents: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether texts, and numbers of photos, come back' }),
  })
  .meta({ id: 'RerankRequest' });
export const rerankSchema = z
  .strictObject({
    id: z.string(),
    results: z.array(
      z.strictObject({
        index: count,
        id: z.string().optional().meta({ description: 'As it came' }),
        relevance_score: z.number().meta({
          description:
            'pMatch where a photo and a text were read together and the model is calibrated, else the cosine',
        }),
        by: z.enum(rankBases),
        document: z.unknown().optional(),
      }),
    ),
    meta: z.strictObject({ model: z.string() }),
  })
  .meta({ id: 'Rerank' });
export type RerankDocument = Readonly<z.infer<typeof rerankSchema>>;

const LABELS_MAX = 1000;
const LABEL_CHARACTERS_MAX = 200;
const IMAGES_MAX = 64;

/** POST /v1/classify */
export const classifyRequestSchema = z
  .strictObject({
    image: imageInputSchema.optional().meta({ description: 'Either this, `images`, or a file beside it' }),
    images: z.array(imageInputSchema).min(1).max(IMAGES_MAX).optional(),
    labels: z
      .array(z.string().trim().min(1).max(LABEL_CHARACTERS_MAX))
      .min(2)
      .max(LABELS_MAX)
      .meta({ description: 'What to choose from; `tag = what such a photo shows` says more than a word' }),
    templates: z
      .array(z.string().max(LABEL_CHARACTERS_MAX))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'With {} where the label goes; default: those of the engine' }),
    temperature: z
      .number()
      .optional()
      .meta({ description: 'Above 0, to 100, default 0.07; smaller makes the best label surer of itself' }),
    top: z.int().min(1).max(1000).optional().meta({ description: 'labels, default all' }),
    model,
  })
  .meta({ id: 'ClassifyRequest' });
export const classifySchema = z
  .strictObject({
    model: z.string(),
    results: z
      .array(
        z.strictObject({
          labels: z.array(z.strictObject({ label: z.string(), score, probability: z.number() })).meta({
            description:
              'Best first. Probabilities are among the labels: one is always the best, also where none fits',
          }),
        }),
      )
      .meta({ description: 'In the order of the images' }),
  })
  .meta({ id: 'Classification' });
export type ClassificationDocument = Readonly<z.infer<typeof classifySchema>>;
