/**
 * Annotations of data sets: Karpathy's JSON, token files, splits, samples.
 * Source: our own; the made file has the form of dataset_coco.json. Deviation: none.
 */
import assert from 'node:assert/strict';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { isAppError, type ErrorCode } from '../../../model/index.ts';
import {
  drawSample,
  readCaptions,
  readDataset,
  type CaptionedPhotos,
  type DatasetOptions,
} from '../../../scripts/evaluate/index.ts';
import { temporaryFolder } from '../../support/photo-folder.ts';

const splits = ['train', 'restval', 'val', 'test', 'test'];

/** As the released files: more keys than are read, strings with brackets and quotes in them, other lists around. */
function madeImages(count: number) {
  return Array.from({ length: count }, (_, id) => ({
    filepath: id % 2 === 0 ? 'val2014' : 'train2014',
    sentids: [2 * id, 2 * id + 1],
    filename: `COCO_${id}.jpg`,
    imgid: id,
    split: splits[id % splits.length] ?? '',
    sentences: [
      { tokens: ['a', 'dog'], raw: ` A "dog" {${id}] \\ with é . `, imgid: id, sentid: 2 * id },
      { tokens: [], raw: `Two dogs ${id}\u0001`, imgid: id, sentid: 2 * id + 1 },
      ...(id === 3 ? [{ tokens: [], raw: '  ', imgid: id, sentid: 0 }] : []),
    ],
    cocoid: id,
  }));
}

interface Made {
  readonly file: string;
  readonly folder: string;
  readonly read: (more?: Partial<DatasetOptions>) => Promise<CaptionedPhotos>;
}

async function make(context: TestContext, content: string | Buffer): Promise<Made> {
  const folder = await temporaryFolder(context);
  const file = path.join(folder, 'dataset_made.json');
  await writeFile(file, content);
  return {
    file,
    folder,
    read: (more = {}) => readDataset({ annotations: file, imagesFolder: folder, ...more }),
  };
}

async function refusal(work: Promise<unknown>, code: ErrorCode): Promise<string> {
  let message = '';
  await assert.rejects(work, (error) => {
    assert.ok(isAppError(error, code), `${String(error)}, expected ${code}`);
    ({ message } = error);
    return true;
  });
  return message;
}

describe("Karpathy's JSON", () => {
  it('gives the photos of each split in the order of the file, restval as train, blank sentences left out', async (context) => {
    const images = madeImages(25);
    const { read } = await make(context, JSON.stringify({ info: { images: [1] }, images, dataset: 'coco' }));
    for (const [split, names] of [
      ['test', ['test']],
      ['val', ['val']],
      ['dev', ['val']],
      ['train', ['train', 'restval']],
      ['all', splits],
    ] as const) {
      const { photos, uncaptioned } = await read({ split });
      const expected = images.filter((image) => names.some((name) => name === image.split));
      assert.deepEqual(
        photos,
        expected.map(({ filename, sentences }) => ({
          photo: filename,
          captions: sentences.map(({ raw }) => raw.trim()).filter((raw) => raw !== ''),
        })),
      );
      assert.deepEqual(uncaptioned, []);
    }
    assert.deepEqual(await read(), await read({ split: 'test' }));
  });

  it('names the folder of the annotations where it is there, and not where the photos lie in one', async (context) => {
    const { read, folder } = await make(context, JSON.stringify({ images: madeImages(4) }));
    await mkdir(path.join(folder, 'val2014'));
    const { photos } = await read({ split: 'all' });
    assert.deepEqual(
      photos.map(({ photo }) => photo),
      ['val2014/COCO_0.jpg', 'COCO_1.jpg', 'val2014/COCO_2.jpg', 'COCO_3.jpg'],
    );
  });

  it('takes the photos of a list, by name or with their folder', async (context) => {
    const { read, folder } = await make(context, JSON.stringify({ images: madeImages(9) }));
    const list = path.join(folder, 'mine.txt');
    await writeFile(list, 'COCO_7.jpg\ntrain2014/COCO_1.jpg\nelsewhere.jpg\n');
    const { photos } = await read({ split: list });
    assert.deepEqual(
      photos.map(({ photo }) => photo),
      ['COCO_1.jpg', 'COCO_7.jpg'],
    );
  });

  it('reads a file of many megabytes piece by piece as JSON.parse reads it whole', async (context) => {
    const images = madeImages(12_000);
    const text = `\u{feff}${JSON.stringify({ dataset: 'x', images, after: { images: [[{}]] } }, null, 1)}\n`;
    assert.ok(text.length > 4_000_000);
    const { read } = await make(context, text);
    const { photos } = await read({ split: 'all' });
    assert.deepEqual(
      photos.map(({ photo, captions }) => [photo, captions]),
      images.map(({ filename, sentences }) => [
        filename,
        sentences.map(({ raw }) => raw.trim()).filter((raw) => raw !== ''),
      ]),
    );
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['a list in place of the object', '[{"images": []}]', /byte 0: found "\[", expected one object/],
    ['a file without photos', '{"a": [], "b": "images"}', /expected a list "images"/],
    [
      'a file that ends too early',
      '{"images": [{"filename": "a.jpg", ',
      /the end of the file, expected more/,
    ],
    ['numbers in place of photos', '{"images": [1, 2]}', /byte 12: found "1", expected an object/],
    ['a photo that is no JSON', '{"images": [{"filename": a.jpg}]}', /byte 12: .* expected JSON/],
    [
      'a photo without sentences',
      '{"images": [{"filename": "a.jpg", "split": "test"}]}',
      /images\[0\] \(byte 12\): "sentences"/,
    ],
    [
      'a sentence that is no text',
      '{"images": [{"filename": "a.jpg", "split": "test", "sentences": [{"raw": 7}]}]}',
      /"sentences\.0\.raw"/,
    ],
    ['a second list of photos', '{"images": [], "images": []}', /a second list/],
    [
      'a split that is not there',
      '{"images": [{"filename": "a.jpg", "split": "train", "sentences": [{"raw": "x"}]}]}',
      /found train \(1 photos\), expected captioned photos of the split "test"/,
    ],
    [
      'a photo outside the folder',
      '{"images": [{"filename": "../../a.jpg", "split": "test", "sentences": [{"raw": "x"}]}]}',
      /leads out of the folder of photos/,
    ],
    [
      'an absolute path',
      '{"images": [{"filename": "/etc/a.jpg", "split": "test", "sentences": [{"raw": "x"}]}]}',
      /leads out of the folder of photos/,
    ],
  ];
  for (const [name, content, message] of wrong) {
    it(`refuses ${name}, and says where and what to give`, async (context) => {
      const { read } = await make(context, content);
      const text = await refusal(read(), 'INVALID_ARGUMENT');
      assert.match(text, message);
      assert.match(text, /dataset_made\.json/);
      assert.match(text, /; (give|name|use) /);
    });
  }

  it('refuses a photo beyond the limit before it is parsed, and a file beyond the limit before it is read', async (context) => {
    const long = `{"images": [{"filename": "${'x'.repeat(3_000_000)}"}]}`;
    const { read, file } = await make(context, long);
    assert.match(await refusal(read(), 'LIMIT_EXCEEDED'), /"images"\[0\] at byte 12/);
    // A file with a hole takes no space.
    await truncate(file, 3_000_000_000);
    assert.match(await refusal(read(), 'LIMIT_EXCEEDED'), /3000000000 bytes, expected at most/);
  });

  it('says so when the file is not there, or is a folder', async (context) => {
    const { folder, read } = await make(context, '{}');
    await refusal(read({ annotations: path.join(folder, 'none.json') }), 'FILE_NOT_FOUND');
    await refusal(read({ annotations: folder }), 'FILE_UNREADABLE');
  });
});

describe('token files', () => {
  const lines = 'a.jpg#0\tA dog .\na.jpg#1\tA black dog .\n\nb.jpg#0\tA cat .\r\n';

  it('give captions by photo, in the order of the file', async (context) => {
    const { file, read } = await make(context, lines);
    assert.deepEqual(
      [...(await readCaptions(file))],
      [
        ['a.jpg', ['A dog .', 'A black dog .']],
        ['b.jpg', ['A cat .']],
      ],
    );
    assert.deepEqual((await read()).photos, [
      { photo: 'a.jpg', captions: ['A dog .', 'A black dog .'] },
      { photo: 'b.jpg', captions: ['A cat .'] },
    ]);
  });

  it('name the line that is no caption', async (context) => {
    const { read } = await make(context, 'a.jpg#0\tA dog .\nb.jpg A cat .\n');
    assert.match(await refusal(read(), 'INVALID_ARGUMENT'), /dataset_made\.json:2: found "b\.jpg A cat \."/);
  });

  it('refuse a photo outside the folder', async (context) => {
    const { read } = await make(context, '../a.jpg#0\tA dog .\n');
    assert.match(await refusal(read(), 'INVALID_ARGUMENT'), /:1: the photo "\.\.\/a\.jpg" leads out/);
  });

  it('take the list of a split that lies beside them, or is named', async (context) => {
    const { read, folder } = await make(context, lines);
    assert.match(await refusal(read({ split: 'test' }), 'INVALID_ARGUMENT'), /no Flickr_8k\.testImages\.txt/);
    await writeFile(path.join(folder, 'Flickr_8k.testImages.txt'), 'b.jpg\r\nsilent.jpg\n');
    const named = path.join(folder, 'mine.txt');
    await writeFile(named, 'b.jpg\nb.jpg\nsilent.jpg\n');
    for (const split of ['test', named]) {
      assert.deepEqual(await read({ split }), {
        photos: [{ photo: 'b.jpg', captions: ['A cat .'] }],
        uncaptioned: ['silent.jpg'],
      });
    }
    await writeFile(named, 'silent.jpg\n');
    assert.match(await refusal(read({ split: named }), 'INVALID_ARGUMENT'), /belong together/);
    await refusal(read({ split: path.join(folder, 'none.txt') }), 'FILE_NOT_FOUND');
  });
});

describe('samples', () => {
  it('are the same for the same seed, in the order of the list, and other ones for another', () => {
    const list = Array.from({ length: 500 }, (_, index) => index);
    const sample = drawSample(list, { count: 40, seed: 7 });
    assert.deepEqual(sample, drawSample(list, { count: 40, seed: 7 }));
    assert.notDeepEqual(sample, drawSample(list, { count: 40, seed: 8 }));
    assert.deepEqual(
      sample,
      sample.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(sample).size, 40);
    // Not the beginning of the list, nor its end.
    const mean = sample.reduce((sum, value) => sum + value, 0) / 40;
    assert.ok(mean > 175 && mean < 325, `mean ${mean}`);
    assert.deepEqual(drawSample(list, { count: 900 }), list);
  });

  it('of a data set keep every caption of a photo', async (context) => {
    const { read } = await make(context, JSON.stringify({ images: madeImages(40) }));
    const { photos } = await read({ split: 'all', sample: { count: 6, seed: 1 } });
    assert.equal(photos.length, 6);
    assert.ok(photos.every(({ captions }) => captions.length === 2));
  });
});
