/**
 * Vectors of texts and pictures.
 * Source: OpenAI's API reference, "Create embeddings". Deviation: see the schema.
 */
import { AppError } from '../../model/index.ts';
import { embedInputs } from '../../query/index.ts';
import { parseInput } from '../errors.ts';
import { embeddingsRequestSchema, type EmbeddingsDocument } from '../schema/models.ts';
import { readingOf, servedModel, type ServedModelsOptions } from './served-models.ts';

export async function embeddings(
  options: ServedModelsOptions,
  body: unknown,
  signal: AbortSignal,
): Promise<EmbeddingsDocument> {
  const wanted = parseInput(embeddingsRequestSchema, body, 'body');
  const served = servedModel(options, wanted.model);
  const { embedder } = served;
  const { dimensions = embedder.dimension, encoding_format: format } = wanted;
  if (dimensions !== embedder.dimension) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `dimensions: ${dimensions}, expected ${embedder.dimension}, which is what "${embedder.name}" has; leave it out`,
    );
  }
  const { vectors, tokens } = await embedInputs(wanted.input, {
    ...readingOf(options, served, signal),
    place: 'input',
  });
  const read = tokens.reduce((sum, count) => sum + count, 0);
  return {
    object: 'list',
    model: embedder.name,
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: format === 'float' ? [...vector] : base64Of(vector),
    })),
    usage: { prompt_tokens: read, total_tokens: read },
  };
}

/** float32, the lowest byte first, as every machine has it that Node.js runs on. */
function base64Of({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
