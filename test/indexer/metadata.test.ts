/**
 * EXIF, IPTC and XMP of real files, of hand-made blocks, and of hostile ones.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { photoMetadata, type PhotoMetadata } from '../../indexer/photos/metadata/index.ts';
import { factsOfFile, pictureFacts } from '../../indexer/photos/picture-facts.ts';
import { noDetails } from '../../indexer/store/index.ts';
import { Connection } from '../../indexer/store/connection.ts';
import { readPicture } from '../../model/index.ts';
import { fixturesFolder } from '../support/paths.ts';
import { photoBytes, temporaryFolder, workbench, writePhoto } from '../support/photo-folder.ts';
import { rawFile, rawKinds, tiffFile, type Directory } from '../support/raw-files.ts';

const plain = sharp({ create: { width: 20, height: 10, channels: 3, background: 'teal' } });

const nothing: PhotoMetadata = { takenAt: null, details: noDetails };

function xmp(attributes: string, elements = ''): string {
  return (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"' +
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"' +
    ` ${attributes}>${elements}</rdf:Description></rdf:RDF></x:xmpmeta>`
  );
}

function list(name: string, kind: string, items: readonly string[]): string {
  const texts = items.map((item) => `<rdf:li xml:lang="x-default">${item}</rdf:li>`).join('');
  return `<${name}><rdf:${kind}>${texts}</rdf:${kind}></${name}>`;
}

/** Records of IPTC IIM in UTF-8: dataset number and text. */
function iptc(records: readonly (readonly [number, string])[]): Buffer {
  const parts = [Buffer.from('1c015a00031b2547', 'hex')];
  for (const [dataset, text] of records) {
    const data = Buffer.from(text);
    parts.push(Buffer.from([0x1c, 2, dataset, data.length >> 8, data.length & 0xff]), data);
  }
  return Buffer.concat(parts);
}

/** A JPEG with the IPTC block where Photoshop puts it. */
async function jpegWithIptc(block: Buffer): Promise<Buffer> {
  const jpeg = await plain.clone().jpeg().toBuffer();
  const resource = Buffer.concat([
    Buffer.from('Photoshop 3.0\0', 'latin1'),
    Buffer.from('8BIM\x04\x04\0\0', 'latin1'),
    Buffer.from([0, 0, block.length >> 8, block.length & 0xff]),
    block,
    Buffer.alloc(block.length % 2),
  ]);
  const head = Buffer.from([0xff, 0xed, (resource.length + 2) >> 8, (resource.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), head, resource, jpeg.subarray(2)]);
}

async function metadataOf(file: Buffer): Promise<PhotoMetadata> {
  const { takenAt, details } = await pictureFacts(await readPicture(file, {}));
  return { takenAt, details };
}

async function withNames(Make: string, Model: string, ImageDescription = 'x'): Promise<PhotoMetadata> {
  const exif = { IFD0: { Make, Model, ImageDescription } };
  return metadataOf(await plain.clone().withExif(exif).jpeg().toBuffer());
}

async function atDegrees(degrees: string): Promise<PhotoMetadata> {
  const gps = { GPSLatitudeRef: 'N', GPSLatitude: degrees, GPSLongitudeRef: 'E', GPSLongitude: degrees };
  return metadataOf(await plain.clone().withExif({ IFD3: gps }).jpeg().toBuffer());
}

async function exifOf(IFD2: Record<string, string>, packet?: string): Promise<string | null> {
  const photo = plain.clone().withExif({ IFD2 });
  const file = packet === undefined ? photo : photo.withXmp(packet);
  return (await metadataOf(await file.jpeg().toBuffer())).takenAt;
}

const camera = {
  IFD0: { Make: 'Canon', Model: 'Canon EOS 5D', Artist: 'Zoe', ImageDescription: 'A boat' },
  IFD2: {
    DateTimeOriginal: '2021:05:06 07:08:09',
    OffsetTimeOriginal: '+02:00',
    ExposureTime: '1/250',
    FNumber: '28/10',
    ISOSpeedRatings: '400',
    FocalLength: '50/1',
    LensModel: 'EF50mm f/1.4',
  },
  IFD3: {
    GPSLatitudeRef: 'S',
    GPSLatitude: '48/1 51/1 2960/100',
    GPSLongitudeRef: 'E',
    GPSLongitude: '2/1 17/1 4020/100',
    GPSAltitude: '35/1',
  },
};

const words = xmp(
  'photoshop:City="Paris" photoshop:Country="France" xmp:Rating="4" xmp:CreateDate="2021-05-06T07:08:09.120+02:00"',
  list('dc:title', 'Alt', ['A &amp; B']) +
    list('dc:description', 'Alt', ['First line\nSecond line']) +
    list('dc:subject', 'Bag', ['Öl', 'boat', 'Boat', '  ']) +
    list('dc:creator', 'Seq', ['Zoë Ångström']) +
    list('dc:rights', 'Alt', ['© 2021 Zoë']),
);

describe('metadata', () => {
  it('of JPEG, PNG, WebP and AVIF are camera, exposure, place, words and moment', async () => {
    const photo = plain.clone().withExif(camera).withXmp(words);
    const formats: readonly [string, Sharp][] = [
      ['jpeg', photo.clone().jpeg()],
      ['webp', photo.clone().webp()],
      ['png', photo.clone().png()],
      ['avif', photo.clone().avif()],
    ];
    for (const [name, file] of formats) {
      const { takenAt, details } = await metadataOf(await file.toBuffer());
      assert.equal(takenAt, '2021-05-06T07:08:09+02:00', name);
      assert.ok(Math.abs((details.latitude ?? 0) + 48.858_222) < 1e-5, name);
      assert.ok(Math.abs((details.longitude ?? 0) - 2.2945) < 1e-5, name);
      assert.deepEqual(
        { ...details, latitude: null, longitude: null },
        {
          orientation: 1,
          camera: 'Canon EOS 5D',
          lens: 'EF50mm f/1.4',
          exposureSeconds: 0.004,
          aperture: 2.8,
          iso: 400,
          focalLengthMm: 50,
          latitude: null,
          longitude: null,
          altitudeM: 35,
          title: 'A & B',
          caption: 'First line\nSecond line',
          keywords: ['Öl', 'boat'],
          creator: 'Zoë Ångström',
          copyright: '© 2021 Zoë',
          rating: 4,
          location: 'Paris, France',
        },
        name,
      );
    }
    assert.deepEqual(await metadataOf(await plain.clone().png().toBuffer()), nothing);
  });

  it('of a HEIC are read without decoding it', async () => {
    const file = readFileSync(path.join(fixturesFolder, 'formats', 'corners-metadata.heic'));
    const facts = await pictureFacts(await readPicture(file, {}));
    assert.deepEqual([facts.width, facts.height, facts.format], [96, 64, 'heic']);
    assert.equal(facts.takenAt, '2021-05-06T07:08:09+02:00');
    const { camera: name, iso, title, keywords, latitude } = facts.details;
    assert.deepEqual([name, iso, title, keywords], ['Imglish One', 200, 'Four corners', ['corners']]);
    assert.ok(Math.abs((latitude ?? 0) - 48.858_222) < 1e-5);
  });

  it('of a RAW are its own, its size that of the preview', async () => {
    const preview = await photoBytes(1, undefined, { width: 96, height: 64 });
    const names = ['Canon EOS 5D', 'NIKON D750', 'SONY ILCE-7M3', 'Leica Camera AG LEICA Q2'];
    for (const [index, kind] of rawKinds.entries()) {
      const facts = await pictureFacts(await readPicture(await rawFile(kind, preview, 6), {}));
      assert.deepEqual([facts.width, facts.height, facts.format], [64, 96, kind]);
      assert.equal(facts.takenAt, '2021-05-06T07:08:09+02:00', kind);
      const { camera: name, orientation, exposureSeconds, aperture, iso, focalLengthMm } = facts.details;
      const found = [orientation, exposureSeconds, aperture, iso, focalLengthMm];
      assert.deepEqual(found, [6, 0.004, 2.8, 400, 50], kind);
      assert.equal(name, index === 3 ? 'LEICA Q2' : names[index]);
    }
  });

  it('of a TIFF are those of the file itself, with XMP and IPTC', async () => {
    const tiff = await plain.clone().withExif(camera).withXmp(words).tiff().toBuffer();
    const { details } = await metadataOf(tiff);
    assert.deepEqual([details.title, details.keywords], ['A & B', ['Öl', 'boat']]);
  });

  it('of IPTC are words and moment, in any encoding', async () => {
    const block = iptc([
      [5, 'Nom'],
      [25, 'mer'],
      [25, 'été'],
      [55, '20210506'],
      [60, '070809+0200'],
      [80, 'Zoë'],
      [90, 'New York'],
      [92, 'Brooklyn'],
      [95, 'New York'],
      [101, 'USA'],
      [116, '© Zoë'],
      [120, 'La mer\rbleue'],
    ]);
    const { takenAt, details } = await metadataOf(await jpegWithIptc(block));
    assert.equal(takenAt, '2021-05-06T07:08:09+02:00');
    assert.deepEqual(details, {
      ...noDetails,
      title: 'Nom',
      caption: 'La mer\nbleue',
      keywords: ['mer', 'été'],
      creator: 'Zoë',
      copyright: '© Zoë',
      location: 'Brooklyn, New York, USA',
    });
    const latin = Buffer.from('1c02780003e974e9', 'hex');
    assert.equal((await metadataOf(await jpegWithIptc(latin))).details.caption, 'été');
  });

  it('name a camera once, and no caption that a camera wrote by itself', async () => {
    assert.equal((await withNames('Apple', 'iPhone 12')).details.camera, 'Apple iPhone 12');
    assert.equal((await withNames('NIKON CORPORATION', 'NIKON D750')).details.camera, 'NIKON D750');
    assert.equal((await withNames('A', 'B', 'OLYMPUS DIGITAL CAMERA')).details.caption, null);
    assert.equal((await withNames('A', 'B', 'Olympus digital')).details.caption, 'Olympus digital');
  });

  it('are clean: no control characters, no endless texts, no numbers out of range', async () => {
    const many = Array.from({ length: 600 }, (_, index) => `k${index}`);
    const file = xmp(
      'xmp:Rating="9"',
      list('dc:title', 'Alt', ['a\u202eb\u0085 \t c\u200d']) +
        list('dc:description', 'Alt', ['x'.repeat(20_000)]) +
        list('dc:subject', 'Bag', ['y'.repeat(500), ...many]),
    );
    const tiff = tiffFile([
      {
        274: [9],
        0x87_69: { below: [{ 0x82_9a: [1, 0], 0x82_9d: [0, 1], 0x88_27: [0], 0x92_0a: [4_000_000_000, 1] }] },
      },
    ]);
    const { details } = photoMetadata({ exif: tiff, iptc: undefined, xmp: Buffer.from(file) });
    assert.equal(details.title, 'ab c\u200d');
    assert.equal(details.caption?.length, 8192);
    assert.deepEqual([details.keywords.length, details.keywords[0]?.length], [256, 128]);
    const { orientation, exposureSeconds, aperture, iso, focalLengthMm, rating } = details;
    const found = [orientation, exposureSeconds, aperture, iso, focalLengthMm, rating];
    assert.deepEqual(found, [null, null, null, null, null, null]);
  });

  it('of a receiver without a fix are no place', async () => {
    assert.equal((await atDegrees('0/1 0/1 0/1')).details.latitude, null);
    assert.equal((await atDegrees('0/0 0/0 0/0')).details.latitude, null);
    assert.equal((await atDegrees('91/1 0/1 0/1')).details.latitude, null);
    assert.equal((await atDegrees('45/1 0/1 0/1')).details.latitude, 45);
  });
});

describe('when a photo was taken', () => {
  it('is what EXIF says, with the zone where it says that', async () => {
    assert.equal(await exifOf({ DateTimeOriginal: '2021:05:06 07:08:09' }), '2021-05-06T07:08:09');
    const zoned = { DateTimeOriginal: '2021:05:06 07:08:09', OffsetTimeOriginal: '-03:30' };
    assert.equal(await exifOf(zoned), '2021-05-06T07:08:09-03:30');
    assert.equal(await exifOf({ DateTimeDigitized: '1999:12:31 23:59:59' }), '1999-12-31T23:59:59');
    assert.equal(await exifOf({ ...zoned, OffsetTimeOriginal: '+99:00' }), '2021-05-06T07:08:09');
  });

  it('takes the zone from XMP where that means the same moment', async () => {
    const exif = { DateTimeOriginal: '2021:05:06 07:08:09' };
    const same = xmp('photoshop:DateCreated="2021-05-06T07:08:09+05:30"');
    assert.equal(await exifOf(exif, same), '2021-05-06T07:08:09+05:30');
    const other = xmp('photoshop:DateCreated="2020-01-01T00:00:00Z"');
    assert.equal(await exifOf(exif, other), '2021-05-06T07:08:09');
    assert.equal(await exifOf({}, other), '2020-01-01T00:00:00Z');
    assert.equal(await exifOf({}, xmp('photoshop:DateCreated="2020-01-01"')), '2020-01-01');
    assert.equal(await exifOf({}, xmp('xmp:ModifyDate="2020-01-01T00:00:00Z"')), null);
  });

  it('is unknown with a date that does not exist, and with nonsense', async () => {
    for (const text of ['0000:00:00 00:00:00', '2021:02:30 10:00:00', '    :  :     :  :  ', 'yesterday']) {
      assert.equal(await exifOf({ DateTimeOriginal: text }), null, text);
    }
    assert.equal(await exifOf({}, xmp('xmp:CreateDate="2021-02-30T00:00:00Z"')), null);
  });
});

describe('hostile metadata', () => {
  it('give something or nothing, wherever a byte is wrong or the block ends', async () => {
    const photo = await plain.clone().withExif(camera).withXmp(words).jpeg().toBuffer();
    const { exif, xmp: packet } = await sharp(photo).metadata();
    assert.ok(exif !== undefined && packet !== undefined);
    const block = iptc([[120, 'text']]);
    for (let place = 0; place < exif.length; place += 1) {
      const damaged = Buffer.from(exif);
      damaged[place] = 0xff;
      photoMetadata({ exif: damaged, iptc: undefined, xmp: undefined });
      photoMetadata({ exif: exif.subarray(0, place), iptc: block.subarray(0, place), xmp: undefined });
    }
    for (let place = 0; place < packet.length; place += 7) {
      const damaged = Buffer.from(packet);
      damaged[place] = 0x3c;
      photoMetadata({ exif: undefined, iptc: undefined, xmp: damaged });
      photoMetadata({ exif: undefined, iptc: undefined, xmp: packet.subarray(0, place) });
    }
  });

  it('cost little: thousands of entries for the same megabyte, loops, deep and wide XML', () => {
    const entries: [number, Directory[number]][] = [[271, 'x']];
    const bomb = tiffFile([Object.fromEntries(entries)]);
    const count = 20_000;
    const head = Buffer.alloc(2 + count * 12 + 4);
    head.writeUInt16LE(count);
    for (let index = 0; index < count; index += 1) {
      head.writeUInt16LE(271, 2 + index * 12);
      head.writeUInt16LE(2, 4 + index * 12);
      head.writeUInt32LE(900_000, 6 + index * 12);
    }
    const exif = Buffer.concat([bomb.subarray(0, 8), head, Buffer.alloc(1_000_000, 65)]);
    const deep = '<a>'.repeat(60_000);
    const wide = xmp(Array.from({ length: 20_000 }, (_, index) => `a${index}=""`).join(' '));
    const entity = `<!DOCTYPE a [<!ENTITY a "${'x'.repeat(1000)}">]>${xmp('', list('dc:title', 'Alt', ['&a;'.repeat(9999)]))}`;
    const start = performance.now();
    for (const packet of [deep, wide, entity]) {
      photoMetadata({ exif, iptc: Buffer.alloc(60_000, 0x1c), xmp: Buffer.from(packet) });
    }
    const loop = tiffFile([{ 271: 'SONY', 0x87_69: [8], 0x88_25: [8] }]);
    assert.equal(photoMetadata({ exif: loop, iptc: undefined, xmp: undefined }).details.camera, 'SONY');
    assert.ok(performance.now() - start < 10_000, `${performance.now() - start} ms`);
  });

  it('have names of objects for tags and change none', () => {
    const packet = xmp('dc:__proto__="x" dc:constructor="y"', '<dc:__proto__>z</dc:__proto__>');
    assert.deepEqual(photoMetadata({ exif: undefined, iptc: undefined, xmp: Buffer.from(packet) }), nothing);
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });
});

describe('metadata in the library', () => {
  it('come back as they were read, and none from a photo without', async (context) => {
    const bench = await workbench(context);
    const file = await plain.clone().withExif(camera).withXmp(words).jpeg().toBuffer();
    await writeFile(path.join(bench.photos, 'a.jpg'), file);
    await writePhoto(path.join(bench.photos, 'b.jpg'), 1);
    await bench.index();
    const library = await bench.open('read');
    context.after(() => library.close());
    const expected = await metadataOf(file);
    const [a, b] = [1, 2].map((id) => library.store.images.byId(id));
    const [with_, without] = a?.path.endsWith('a.jpg') === true ? [a, b] : [b, a];
    assert.deepEqual(with_?.details, expected.details);
    assert.equal(with_?.takenAt, expected.takenAt);
    assert.deepEqual(without?.details, noDetails);
    assert.equal(
      Object.keys(with_ ?? {}).some((name) => name.startsWith('details_')),
      false,
    );
  });

  it('of an older reader are read again in the next run, without the network', async (context) => {
    const bench = await workbench(context);
    const file = path.join(bench.photos, 'a.jpg');
    await writeFile(file, await plain.clone().withExif(camera).jpeg().toBuffer());
    const raw = path.join(bench.photos, 'b.nef');
    await writeFile(raw, await rawFile('nef', await photoBytes(2), 6));
    const gone = await writePhoto(path.join(bench.photos, 'c.jpg'), 3);
    await bench.index();
    const forget = (reader: string): void => {
      const connection = Connection.open(path.join(bench.data, 'library.sqlite'), 'write');
      connection.execute(`UPDATE contents SET camera = NULL, taken_at = NULL, reader = '${reader}'`);
      connection.close();
    };
    forget('facts-1');
    // Changed since: left to the run that reads it.
    await writePhoto(gone, 4);
    await utimes(gone, 1, 1);
    const runs = bench.embedder.encoded;
    const report = await bench.index();
    assert.deepEqual([report.unchanged, report.updated], [2, 1]);
    assert.equal(bench.embedder.encoded, runs + 1, 'only the changed photo went through the network');
    const library = await bench.open('read');
    const cameras = [1, 2, 3].map((id) => library.store.images.byId(id)?.details.camera ?? '').toSorted();
    assert.deepEqual(cameras, ['', 'Canon EOS 5D', 'NIKON D750']);
    assert.deepEqual(library.store.oldContents.page('facts-3', 0, 9), []);
    await library.close();
  });

  it('of a JPEG are found in its first bytes', async (context) => {
    const folder = await temporaryFolder(context);
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const large = sharp({ create: { width: 1200, height: 900, channels: 3, background: 'red', noise } });
    const bytes = await large.withExif(camera).jpeg({ quality: 95 }).toBuffer();
    assert.ok(bytes.length > 300_000);
    const file = path.join(folder, 'a.jpg');
    await writeFile(file, bytes);
    const facts = await factsOfFile(file, 10_000_000);
    assert.deepEqual([facts.width, facts.details.camera], [1200, 'Canon EOS 5D']);
    // The header behind more than is read at first.
    const filler = Buffer.concat([Buffer.from('ffe2fff0', 'hex'), Buffer.alloc(0xff_f0 - 2)]);
    const head = bytes.subarray(0, 2);
    await writeFile(
      file,
      Buffer.concat([head, ...Array.from({ length: 5 }, () => filler), bytes.subarray(2)]),
    );
    assert.equal((await factsOfFile(file, 10_000_000)).details.camera, 'Canon EOS 5D');
  });
});
