/**
 * Which of some labels photos show.
 * Source: our own. Deviation: none.
 */
import { labelsOf } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { embedInputs, type Classifier, type ImageInput } from '../../query/index.ts';
import { HttpProblem, parseInput } from '../errors.ts';
import type { Upload } from '../picture-upload.ts';
import { classifyRequestSchema, type ClassificationDocument } from '../schema/models.ts';
import { readingOf, servedModel, type ServedModelsOptions } from './served-models.ts';

/** Labels times templates: each is a text for the network. */
const PROMPTS_MAX = 20_000;

export async function classify(
  options: ServedModelsOptions,
  classifier: Classifier,
  { picture, body }: Upload,
  signal: AbortSignal,
): Promise<ClassificationDocument> {
  const { image, images, labels, templates, temperature, top, model } = parseInput(
    classifyRequestSchema,
    body,
    'body',
  );
  const pictures = picturesOf(picture, image, images);
  const served = servedModel(options, model);
  const wanted = labelsOf(labels, 'labels');
  if (wanted.length * (templates?.length ?? 1) > PROMPTS_MAX) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `labels: ${wanted.length} in ${templates?.length} templates, expected at most ${PROMPTS_MAX} in all; ask for fewer at a time`,
    );
  }
  const inputs = pictures.map((one) => ({ image: one }));
  const { vectors } = await embedInputs(inputs, {
    ...readingOf(options, served, signal),
    place: 'images',
  });
  const { photos } = await classifier.classify(served.embedder, vectors, wanted, {
    ...(templates !== undefined && { templates }),
    ...(temperature !== undefined && { temperature }),
    ...(top !== undefined && { top }),
    signal,
  });
  return { model: served.embedder.name, results: photos.map((found) => ({ labels: [...found] })) };
}

function picturesOf(
  picture: Uint8Array | undefined,
  image: ImageInput | undefined,
  images: readonly ImageInput[] | undefined,
): readonly ImageInput[] {
  const given = [
    ...(picture === undefined ? [] : [[{ picture }]]),
    ...(image === undefined ? [] : [[image]]),
    ...(images === undefined ? [] : [images]),
  ];
  const [first] = given;
  if (first !== undefined && given.length === 1) return first;
  throw new HttpProblem(
    'INVALID_ARGUMENT',
    400,
    `image: found ${given.length === 0 ? 'none' : 'it twice'}, expected one of "image", "images" and a file`,
  );
}
