/**
 * Fixtures of picture preprocessing: pixels and tensors to the bit, and what the JPEG decoder makes of it.
 * Source: shared/fixtures/README.md, "image_preprocessing". Deviation: none.
 */
import { z } from 'zod';
import {
  decodePixels,
  referencePreprocess,
  resizeForModel,
  toTensor,
  type PreprocessSpec,
} from '../../image/index.ts';
import type { Fixture } from './fixture.ts';
import { compareNumbers, type VerifiedOutput } from './report.ts';
import type { Work } from './work.ts';

/**
 * JPEG decoding is not defined to the bit. Two good decoders differ by 1 or 2 of 255 in a pixel; another
 * upsampling of the colours would differ by dozens.
 */
const DECODER_DIFFERENCE_MAX = 4;

const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();

const schema = z.looseObject({
  images: z.array(z.looseObject({ file: z.string().min(1), decoded: z.string().nullish() })).nonempty(),
  transforms: z.record(z.string(), z.looseObject({ mean: triple, std: triple, crop: z.string().nullish() })),
  tensors: z.array(
    z.looseObject({
      name: z.string(),
      dtype: z.enum(['uint8', 'float32']),
      image: z.string(),
      transform: z.string(),
      size: z.int().positive(),
      suggested_atol: z.number().nullish(),
    }),
  ),
});

type Manifest = z.infer<typeof schema>;

export async function verifyPictures(fixture: Fixture, work: Work): Promise<void> {
  const manifest = fixture.manifestAs(schema);
  work.expect(manifest.tensors.length);
  for (const tensor of manifest.tensors) {
    const image = manifest.images.find(({ file }) => file === tensor.image);
    if (image === undefined)
      throw fixture.invalid(`"${tensor.name}" is of "${tensor.image}", which is not listed`);
    const spec = specOf(fixture, manifest, tensor.transform, tensor.size);
    // The decoded picture where there is one, so that only the resize is measured here.
    const source = await fixture.existing(image.decoded ?? image.file);
    const pixels = resizeForModel(await decodePixels(source, referencePreprocess), spec);
    const found = tensor.dtype === 'uint8' ? pixels.data : toTensor(pixels, spec);
    const tolerance = work.tolerance(tensor.suggested_atol ?? 0);
    work.add(compareNumbers(tensor.name, found, await fixture.read(tensor.name), tolerance));
  }
  for (const { file, decoded } of manifest.images) {
    if (typeof decoded === 'string') work.add(await verifyDecoder(fixture, file, decoded));
  }
}

async function verifyDecoder(fixture: Fixture, file: string, decoded: string): Promise<VerifiedOutput> {
  const ours = await decodePixels(await fixture.existing(file), referencePreprocess);
  const official = await decodePixels(await fixture.existing(decoded), referencePreprocess);
  const result = compareNumbers(`${file}/decoder`, ours.data, official.data, DECODER_DIFFERENCE_MAX);
  return { ...result, note: 'for information: pixels of another JPEG decoder, of 255' };
}

function specOf(fixture: Fixture, manifest: Manifest, transform: string, side: number): PreprocessSpec {
  const found = manifest.transforms[transform];
  if (found === undefined) throw fixture.invalid(`no transform "${transform}"`);
  const resize = typeof found.crop !== 'string' ? 'stretch' : 'shorter-side-crop';
  return { side, resize, mean: found.mean, std: found.std };
}
