/**
 * What programs written for other services ask: /v1/models, /v1/embeddings (OpenAI's form), /v1/rerank (Cohere's form), and
 * /v1/classify.
 * Source: the public API references of OpenAI and Cohere. Deviation: inputs may be pictures.
 */
import { z } from 'zod';
import { imageInputSchema } from '../../query/index.ts';
import { count, score } from './common.ts';

/** GET /v1/models */
export const modelSchema = z
  .strictObject({
    id: z.string(),
    object: z.literal('model'),
    created: count,
    owned_by: z.string(),
    dimension: count,
    textLength: count.meta({ description: 'Pieces of a text that are read' }),
    canRerank: z.boolean(),
    isCalibrated: z.boolean(),
  })
  .meta({ id: 'Model' });
export const modelListSchema = z
  .strictObject({ object: z.literal('list'), data: z.array(modelSchema) })
  .meta({ id: 'ModelList' });

const text = z.string().min(1).max(100_000);
const textOrImage = z.union([text, z.strictObject({ text }), z.strictObject({ image: imageInputSchema })]);
const INPUTS_MAX = 256;

/** POST /v1/embeddings */
export const embeddingsRequestSchema = z
  .strictObject({
    input: z.union([textOrImage, z.array(textOrImage).min(1).max(INPUTS_MAX)]),
    model: z.string().optional(),
    encoding_format: z.enum(['float', 'base64']).default('float'),
    dimensions: z.int().optional(),
    user: z.string().optional(),
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
        embedding: z.union([z.array(z.number()), z.string()]),
      }),
    ),
    usage: z.strictObject({ prompt_tokens: count, total_tokens: count }),
  })
  .meta({ id: 'Embeddings' });

/** POST /v1/rerank */
export const rerankRequestSchema = z
  .strictObject({
    query: textOrImage,
    documents: z
      .array(
        z.union([
          text,
          z.strictObject({ id: z.string().optional(), text }),
          z.strictObject({ id: z.string().optional(), image: imageInputSchema }),
        ]),
      )
      .min(1)
      .max(1000),
    model: z.string().optional(),
    top_n: z.int().min(1).optional(),
    return_documents: z.boolean().default(false),
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
        by: z.enum(['pMatch', 'fusion', 'cosine']),
        document: z.unknown().optional(),
      }),
    ),
    meta: z.strictObject({ model: z.string() }),
  })
  .meta({ id: 'Rerank' });

/** POST /v1/classify */
export const classifyRequestSchema = z
  .strictObject({
    image: imageInputSchema.optional(),
    images: z.array(imageInputSchema).min(1).max(64).optional(),
    labels: z.array(z.string().trim().min(1).max(1000)).min(2).max(1000),
    templates: z.array(z.string()).min(1).max(100).optional(),
    temperature: z.number().optional(),
    top: z.int().min(1).max(1000).optional(),
  })
  .meta({ id: 'ClassifyRequest' });
export const classifySchema = z
  .strictObject({
    model: z.string(),
    results: z.array(
      z.strictObject({
        labels: z.array(z.strictObject({ label: z.string(), score, probability: z.number() })),
      }),
    ),
  })
  .meta({ id: 'Classification' });
