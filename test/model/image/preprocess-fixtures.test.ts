/**
 * Every case of the preprocessing fixtures, byte for byte.
 * Source: test/fixtures/image_preprocessing (made by the official transforms). Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  decodePixels,
  preprocess,
  preprocessPixels,
  referencePreprocess,
  resizeForModel,
  toTensor,
  type PreprocessSpec,
} from '../../../model/image/index.ts';
import { fixturesFolder, sharedFolder, skipWithout } from '../../support/paths.ts';
import { difference } from './sample-pictures.ts';

type Transform = 'standard' | 'imagenet';

interface Manifest {
  readonly images: readonly { readonly file: string; readonly decoded?: string }[];
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: 'uint8' | 'float32';
    readonly file: string;
    readonly image: string;
    readonly transform: Transform;
    readonly size: number;
  }[];
  readonly transforms: Record<Transform, Pick<PreprocessSpec, 'mean' | 'std'>>;
}

const committed = path.join(fixturesFolder, 'image_preprocessing');
const shared = path.join(sharedFolder, 'fixtures', 'image_preprocessing');

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as Manifest;
}

function specOf(manifest: Manifest, transform: Transform, side: number): PreprocessSpec {
  const { mean, std } = manifest.transforms[transform];
  return { side, resize: transform === 'imagenet' ? 'shorter-side-crop' : 'stretch', mean, std };
}

async function checkFolder(folder: string): Promise<number> {
  const manifest = readManifest(folder);
  for (const tensor of manifest.tensors) {
    const image = manifest.images.find(({ file }) => file === tensor.image);
    assert.ok(image, tensor.image);
    const source = path.join(folder, image.decoded ?? image.file);
    const spec = specOf(manifest, tensor.transform, tensor.size);
    const expected = readFileSync(path.join(folder, tensor.file));
    const actual =
      tensor.dtype === 'uint8'
        ? (await preprocessPixels(source, spec, referencePreprocess)).data
        : Buffer.from((await preprocess(source, spec, referencePreprocess)).buffer);
    assert.equal(Buffer.compare(actual, expected), 0, tensor.name);
  }
  return manifest.tensors.length;
}

test('gives the bytes of every committed fixture, pixels and tensors', async () => {
  assert.ok((await checkFolder(committed)) >= 20);
});

test(
  'gives the bytes of every fixture of the photographs',
  { skip: skipWithout('fixtures/image_preprocessing') },
  async () => {
    assert.ok((await checkFolder(shared)) > readManifest(committed).tensors.length);
  },
);

test('computes the tensors that are not in the fixtures from the pixels that are', async () => {
  const manifest = readManifest(committed);
  for (const tensor of manifest.tensors.filter(({ dtype }) => dtype === 'uint8')) {
    const spec = specOf(manifest, tensor.transform, tensor.size);
    const data = readFileSync(path.join(committed, tensor.file));
    const values = toTensor({ data, width: tensor.size, height: tensor.size }, spec);
    const plane = tensor.size * tensor.size;
    for (const index of [0, 1, plane - 1]) {
      for (const channel of [0, 1, 2] as const) {
        const byte = data[index * 3 + channel] ?? 0;
        const expected = (byte / 255 - spec.mean[channel]) / spec.std[channel];
        assert.ok(Math.abs((values[channel * plane + index] ?? Number.NaN) - expected) < 1e-6);
      }
    }
  }
});

test('its JPEG decoder gives the pixels of the official one, or differs by 1 of 255 at most', async (context) => {
  const folder = skipWithout('fixtures/image_preprocessing') === false ? shared : committed;
  for (const { file, decoded } of readManifest(folder).images) {
    if (decoded === undefined) continue;
    const ours = await decodePixels(path.join(folder, file), referencePreprocess);
    const official = await decodePixels(path.join(folder, decoded), referencePreprocess);
    const { max, mean } = difference(ours.data, official.data);
    context.diagnostic(`${file}: largest difference ${max}, mean ${mean.toFixed(4)}`);
    assert.ok(max <= 1, `${file}: ${max}, ${mean}`);
  }
});

test('resizeForModel crops as the ImageNet transform does, also with an odd margin', () => {
  const spec = { side: 4, resize: 'shorter-side-crop', mean: [0, 0, 0], std: [1, 1, 1] } as const;
  // Columns carry their number. 9 - 4 = 5: half of it is 2.5, which Python rounds to 2; 7 - 4 gives 2 too.
  for (const [width, first] of [
    [9, 2],
    [7, 2],
    [8, 2],
    [4, 0],
  ] as const) {
    const data = Uint8Array.from({ length: width * 4 * 3 }, (_, index) => Math.floor(index / 3) % width);
    const { data: cropped } = resizeForModel({ data, width, height: 4 }, spec);
    assert.deepEqual(
      [...cropped.subarray(0, 12)],
      [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3].map((n) => n + first),
    );
  }
});
