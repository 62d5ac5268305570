/**
 * `imglish embed`: vectors of photos and texts, for use elsewhere.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { Command } from 'commander';
import { AppError, preprocess, productPreprocess, type LocalEmbedder } from '../../model/index.ts';
import { modelSettings, openModel, settingOptions, settingsOf, using } from './context.ts';
import { interruptible, note, printable, printJson, printLine } from './terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly images?: readonly string[];
  readonly texts?: readonly string[];
}

/** Numbers of a vector that are shown where nobody asked for JSON. */
const NUMBERS_SHOWN = 6;

export function embedCommand(): Command {
  const command = new Command('embed')
    .description('print the vectors of photos and texts (unit length, one common space)')
    .option('--images <files...>', 'photos')
    .option('--texts <texts...>', 'texts, each in quotes')
    .option(
      '--json',
      'print one JSON document: {model, dim, images: [{path, vector}], texts: [{text, vector}]}',
    )
    .action(() => embed(command));
  return settingOptions(command, [...modelSettings, 'maxFile', 'maxPixels']);
}

async function embed(command: Command): Promise<void> {
  const { images = [], texts = [], json } = command.opts<Flags>();
  if (images.length + texts.length === 0) {
    throw new AppError(
      'INVALID_ARGUMENT',
      'embed: nothing to do, expected --images <files…>, --texts <texts…> or both',
    );
  }
  const settings = settingsOf(command);
  const result = await interruptible(async (signal) => {
    const embedder = await openModel(settings);
    return using([embedder], async () => {
      const limits = { bytesMax: settings.fileBytesMax, pixelsMax: settings.imagePixelsMax, signal };
      const imageVectors = await embedFiles(embedder, images, limits);
      const encoded = await embedder.encodeTexts(texts, { signal });
      for (const [index, { truncated }] of encoded.entries()) {
        if (truncated) note(`text ${index + 1} is longer than this model reads; its end was ignored`);
      }
      return {
        model: embedder.name,
        dim: embedder.dimension,
        images: images.map((path, index) => ({ path, vector: [...(imageVectors[index] ?? [])] })),
        texts: texts.map((text, index) => ({ text, vector: [...(encoded[index]?.vector ?? [])] })),
      };
    });
  });
  if (json === true) {
    printJson(result);
    return;
  }
  printLine(`${result.model}, ${result.dim} numbers each; --json prints them all`);
  for (const { path, vector } of result.images) printLine(`${printable(path)}  ${shorten(vector)}`);
  for (const { text, vector } of result.texts) printLine(`${JSON.stringify(text)}  ${shorten(vector)}`);
}

/** A batch of pictures at a time, so that a long list needs no more memory than a short one. */
async function embedFiles(
  embedder: LocalEmbedder,
  files: readonly string[],
  limits: { readonly bytesMax: number; readonly pixelsMax: number; readonly signal: AbortSignal },
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (let start = 0; start < files.length; start += embedder.batchSizeMax) {
    const batch = files.slice(start, start + embedder.batchSizeMax);
    const pixels = await Promise.all(
      batch.map((file) => preprocess(file, embedder.preprocess, { ...productPreprocess, ...limits })),
    );
    vectors.push(...(await embedder.encodeImages(pixels, { signal: limits.signal })));
  }
  return vectors;
}

function shorten(vector: readonly number[]): string {
  return `[${vector
    .slice(0, NUMBERS_SHOWN)
    .map((value) => value.toFixed(4))
    .join(', ')}, …]`;
}
