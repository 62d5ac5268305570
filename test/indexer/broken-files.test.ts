/**
 * Files that are no photos: each is recorded with a reason and a remedy, and the rest is indexed.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { thumbnailOf } from '../../indexer/index.ts';
import { fixturesFolder } from '../support/paths.ts';
import { pathsIn, photoBytes, workbench, writePhoto } from '../support/photo-folder.ts';
import { rawFile } from '../support/raw-files.ts';

const isWindows = process.platform === 'win32';
const isLinux = process.platform === 'linux';

describe('broken files', () => {
  it(
    'are each recorded with path, code and remedy, and the rest is indexed',
    { skip: isWindows },
    async (context) => {
      const bench = await workbench(context);
      const at = (name: string): string => path.join(bench.photos, name);
      await writePhoto(at('good-1.jpg'), 1);
      await writePhoto(at('good-2.png'), 2);
      await writeFile(at('empty.jpg'), '');
      const whole = await photoBytes(3, undefined, { width: 400, height: 300 });
      await writeFile(at('truncated.jpg'), whole.subarray(0, whole.length / 2));
      await writeFile(at('page.jpg'), '<!doctype html><html><body>404</body></html>');
      await writeFile(at('noise.png'), Buffer.from('89504e470d0a1a0a00', 'hex'));
      await writeFile(at('bomb.png'), bombHeader());
      await writeFile(at('phone.heic'), Buffer.from('0000001866747970686569630000000068656963', 'hex'));
      await writeFile(at('notes.txt'), 'not a picture, and not named like one');
      execFileSync('mkfifo', [at('pipe.jpg')]);
      await symlink(at('nowhere'), at('dangling.jpg'));
      await mkdir(at('folder.jpg'));
      await writePhoto(at('folder.jpg/inside.jpg'), 4);

      const report = await bench.index();
      const skipped = Object.fromEntries(report.skipped.map((skip) => [path.basename(skip.path), skip.code]));
      assert.deepEqual(skipped, {
        'empty.jpg': 'IMAGE_INVALID',
        'truncated.jpg': 'IMAGE_INVALID',
        'page.jpg': 'IMAGE_INVALID',
        'noise.png': 'IMAGE_INVALID',
        'bomb.png': 'IMAGE_TOO_LARGE',
        'phone.heic': 'IMAGE_INVALID',
        'pipe.jpg': 'FILE_UNREADABLE',
        'dangling.jpg': 'FILE_NOT_FOUND',
      });
      for (const { path: place, message } of report.skipped) {
        assert.ok(message.startsWith(`${place}: `), message);
        assert.match(message, /; /, 'a remedy follows a semicolon');
        assert.doesNotMatch(message, /the given picture/);
      }
      assert.equal(report.added, 3);

      const library = await bench.open('read');
      assert.deepEqual(pathsIn(library, bench.photos), ['folder.jpg/inside.jpg', 'good-1.jpg', 'good-2.png']);
      assert.equal(library.stats().skipped, 8);
      await library.close();
    },
  );

  it('cut off at every tenth are refused in every format, and do not hold up the rest', async (context) => {
    const bench = await workbench(context);
    const formats = await everyFormat();
    let cut = 0;
    for (const [name, bytes] of Object.entries(formats)) {
      await writeFile(path.join(bench.photos, `whole.${name}`), bytes);
      for (let tenth = 1; tenth <= 9; tenth += 1) {
        const part = bytes.subarray(0, Math.floor((bytes.length * tenth) / 10));
        await writeFile(path.join(bench.photos, `cut-${tenth}.${name}`), part);
        cut += 1;
      }
    }
    const report = await bench.index();
    const library = await bench.open('read');
    const indexed = pathsIn(library, bench.photos);
    await library.close();
    assert.deepEqual(
      indexed,
      Object.keys(formats)
        .map((name) => `whole.${name}`)
        .toSorted(),
    );
    assert.equal(report.skippedCount, cut);
    for (const { path: place, code, message } of report.skipped) {
      assert.equal(code, 'IMAGE_INVALID');
      assert.ok(message.startsWith(`${place}: `) && message.includes('; '), message);
    }
  });

  it('and good ones with a wrong ending or a damaged EXIF are told apart', async (context) => {
    const bench = await workbench(context);
    const { png, jpg, heic, tiff } = await everyFormat();
    const raw = await rawFile('cr2', jpg ?? Buffer.alloc(0));
    const damaged = Buffer.from(
      await sharp(jpg)
        .withExif({ IFD0: { Make: 'Canon' } })
        .jpeg()
        .toBuffer(),
    );
    damaged.fill(0xff, damaged.indexOf('Exif') + 8, damaged.indexOf('Exif') + 40);
    const files = { 'a.jpg': png, 'b.png': heic, 'c.tif': raw, 'd.heic': tiff, 'e.jpg': damaged };
    for (const [name, bytes] of Object.entries(files)) {
      await writeFile(path.join(bench.photos, name), bytes ?? '');
    }
    await writeFile(path.join(bench.photos, 'f.heic'), '<!doctype html><html></html>');
    await writeFile(path.join(bench.photos, 'g.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const report = await bench.index();
    const said = report.skipped.map(({ code, message }) => `${code} ${message}`).toSorted();
    assert.equal(said.length, 2);
    assert.match(said[0] ?? '', /IMAGE_INVALID .*f\.heic: is an HTML page/);
    assert.match(
      said[1] ?? '',
      /IMAGE_INVALID .*g\.svg: is an SVG drawing, which is never drawn .*; render it to PNG/,
    );
    const library = await bench.open('read');
    const formats = [1, 2, 3, 4, 5].map((id) => library.store.images.byId(id)?.format ?? '');
    assert.deepEqual(formats.toSorted(), ['cr2', 'heic', 'jpeg', 'png', 'tiff']);
    await library.close();
  });

  it('such as a film of 2,000 frames cost no more than their first frame', async (context) => {
    const bench = await workbench(context);
    await writeFile(path.join(bench.photos, 'film.gif'), await longAnimation(2000));
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const report = await bench.index();
    assert.deepEqual([report.added, report.skippedCount], [2, 0]);
    assert.ok(performance.now() - start < 20_000, 'all frames would take minutes');
    // All frames at once would be 1.8 GB.
    assert.ok(process.memoryUsage().rss - before < 400_000_000);
    const library = await bench.open('read');
    const film = [1, 2].map((id) => library.store.images.byId(id)).find((one) => one?.format === 'gif');
    assert.deepEqual([film?.width, film?.height], [640, 480]);
    const preview = await thumbnailOf(library, film?.id ?? 0, 'small');
    const [red = 0, , blue = 255] = await sharp(preview).raw().toBuffer();
    assert.ok(red > 200 && blue < 60, 'the first frame is red');
    await library.close();
  });

  it('that change while they are read are a photo or a skip now, and the right photo later', async (context) => {
    const bench = await workbench(context);
    const restless = path.join(bench.photos, 'restless.jpg');
    const versions = await Promise.all(
      [1, 2, 3].map((seed) => photoBytes(seed, undefined, { width: 900, height: 700 })),
    );
    const [first = Buffer.alloc(0)] = versions;
    await writeFile(restless, first);
    for (let seed = 10; seed < 40; seed += 1) await writePhoto(path.join(bench.photos, `${seed}.jpg`), seed);
    const end = new AbortController();
    const writing = (async (): Promise<void> => {
      for (let round = 0; !end.signal.aborted; round += 1) {
        const bytes = versions[round % versions.length] ?? first;
        await writeFile(restless, bytes.subarray(0, bytes.length - (round % 2) * 500));
      }
    })();
    const report = await bench.index();
    end.abort();
    await writing;
    assert.equal(report.added + report.skippedCount, 31);
    assert.ok(report.added >= 30);
    await writeFile(restless, first);
    await utimes(restless, new Date(2e12), new Date(2e12));
    assert.equal((await bench.index()).skippedCount, 0);
    const library = await bench.open('read');
    const records = library.store.images
      .below(bench.photos, '', 99)
      .map(({ id }) => library.store.images.byId(id));
    const record = records.find((one) => one?.path === restless);
    assert.equal(record?.contentHash, createHash('sha256').update(first).digest('hex'));
    await library.close();
  });

  it('are not read again while they stay as they are, and are tried again when they change', async (context) => {
    const bench = await workbench(context);
    const file = path.join(bench.photos, 'a.jpg');
    const photo = await photoBytes(1);
    await writeFile(file, Buffer.alloc(photo.length, 'no picture '));
    const mtime = new Date(1e12 - 1);
    await utimes(file, mtime, mtime);
    assert.equal((await bench.index()).skipped[0]?.code, 'IMAGE_INVALID');
    // A photo of the same size and time: only somebody who reads the file can tell.
    await writeFile(file, photo);
    await utimes(file, mtime, mtime);
    const [again] = (await bench.index()).skipped;
    assert.equal(again?.code, 'IMAGE_INVALID');
    await utimes(file, mtime, new Date(1e12));
    const healed = await bench.index();
    assert.deepEqual([healed.added, healed.skipped.length], [1, 0]);
    const after = await bench.open('read');
    assert.equal(after.stats().skipped, 0);
    await after.close();
  });

  it('are tried again under another limit', async (context) => {
    const bench = await workbench(context);
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    const small = await bench.index({ imagePixelsMax: 100 });
    assert.equal(small.skipped[0]?.code, 'IMAGE_TOO_LARGE');
    const bytes = await bench.index({ fileBytesMax: 100 });
    assert.equal(bytes.skipped[0]?.code, 'IMAGE_TOO_LARGE');
    assert.equal((await bench.index()).added, 1);
  });

  it('take the photo that they were before out of the library', async (context) => {
    const bench = await workbench(context);
    const file = await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    await bench.index();
    await truncate(file, Math.floor((await stat(file)).size / 2));
    const report = await bench.index();
    assert.deepEqual([report.skipped.length, report.added, report.updated], [1, 0, 0]);
    const library = await bench.open('read');
    assert.deepEqual([library.stats().images, library.vectors.size], [0, 0]);
    await library.close();
  });

  it('that vanish are forgotten as skips too', async (context) => {
    const bench = await workbench(context);
    await writeFile(path.join(bench.photos, 'sub.jpg'), 'x');
    await bench.index();
    await rm(path.join(bench.photos, 'sub.jpg'));
    await bench.index();
    const library = await bench.open('read');
    assert.equal(library.stats().skipped, 0);
    await library.close();
  });

  it('and folders that cannot be read keep what is known of them', { skip: isWindows }, async (context) => {
    const bench = await workbench(context);
    const base = path.dirname(bench.photos);
    const locked = path.join(bench.photos, 'locked');
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    await writePhoto(path.join(bench.photos, 'b.jpg'), 2);
    await writePhoto(path.join(locked, 'c.jpg'), 3);
    const giveBack = await becomeOrdinary(base, [bench.photos, locked]);
    try {
      await bench.index();
      await chmod(locked, 0);
      // Its time is another, so that it must be read again.
      await writePhoto(path.join(bench.photos, 'b.jpg'), 4);
      await chmod(path.join(bench.photos, 'b.jpg'), 0);
      const report = await bench.index();
      assert.deepEqual(report.skipped.map((skip) => `${path.basename(skip.path)} ${skip.code}`).toSorted(), [
        'b.jpg FILE_UNREADABLE',
        'locked FILE_UNREADABLE',
      ]);
      assert.deepEqual([report.unchanged, report.removed], [1, 0]);
      const library = await bench.open('read');
      assert.deepEqual(pathsIn(library, bench.photos), ['a.jpg', 'b.jpg', 'locked/c.jpg']);
      await library.close();
    } finally {
      await chmod(locked, 0o755);
      giveBack();
    }
    const report = await bench.index();
    assert.equal(report.removed, 0);
  });

  it(
    'with names that are no UTF-8 are reported, with names in any script indexed',
    { skip: !isLinux },
    async (context) => {
      const bench = await workbench(context);
      const names = ['Ærø é.jpg', '写真 🌊.jpg', 'e\u0301.jpg', 'quote\'"%_.jpg', 'new\nline.jpg'];
      for (const [seed, name] of names.entries()) await writePhoto(path.join(bench.photos, name), seed + 1);
      const odd = Buffer.concat([
        Buffer.from(`${bench.photos}/caf`),
        Buffer.from([0xe9]),
        Buffer.from('.jpg'),
      ]);
      await writeFile(odd, await photoBytes(9));
      const oddFolder = Buffer.concat([Buffer.from(`${bench.photos}/d`), Buffer.from([0xff])]);
      await mkdir(oddFolder);
      const report = await bench.index();
      assert.equal(report.added, names.length);
      assert.deepEqual(report.skipped.map((skip) => path.basename(skip.path)).toSorted(), [
        String.raw`caf\xe9.jpg`,
        String.raw`d\xff`,
      ]);
      const library = await bench.open('read');
      assert.deepEqual(pathsIn(library, bench.photos).toSorted(), names.toSorted());
      await library.close();
      assert.equal((await bench.index()).unchanged, names.length);
    },
  );

  it('that come and go while the run is under way do not stop it', async (context) => {
    const bench = await workbench(context);
    const files = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1),
      ),
    );
    let round = 0;
    const report = await bench.index({
      onProgress: ({ phase }) => {
        if (phase !== 'embedding' || round > 0) return;
        round += 1;
        void Promise.all(files.slice(20).map((file) => rename(file, `${file}.gone`)));
      },
    });
    assert.equal(report.added + report.skipped.length, report.found);
    assert.ok(report.added >= 20);
    const next = await bench.index();
    assert.deepEqual([next.found, next.skipped.length], [20, 0]);
  });
});

/** A small picture of every format, by ending. */
async function everyFormat(): Promise<Record<string, Buffer>> {
  const jpg = await photoBytes(3, undefined, { width: 400, height: 300 });
  const picture = sharp(jpg);
  return {
    jpg,
    png: await picture.clone().png().toBuffer(),
    webp: await picture.clone().webp().toBuffer(),
    gif: await picture.clone().gif().toBuffer(),
    tiff: await picture.clone().tiff({ compression: 'lzw' }).toBuffer(),
    avif: await picture.clone().avif({ effort: 0 }).toBuffer(),
    heic: await readFile(path.join(fixturesFolder, 'formats', 'corners-metadata.heic')),
  };
}

function frame(background: string): Promise<Buffer> {
  return sharp({ create: { width: 640, height: 480, channels: 3, background } })
    .png()
    .toBuffer();
}

/** A red frame, then blue ones: the second frame of a short animation, again and again. */
async function longAnimation(frames: number): Promise<Buffer> {
  const two = [await frame('#ff0000'), await frame('#0000ff')];
  const gif = await sharp(two, { join: { animated: true } })
    .gif({ delay: [100, 100] })
    .toBuffer();
  const mark = Buffer.from('21f904', 'hex');
  const second = gif.indexOf(mark, gif.indexOf(mark) + 1);
  const again = gif.subarray(second, -1);
  const rest = Array.from({ length: frames - 1 }, () => again);
  return Buffer.concat([gif.subarray(0, second), ...rest, gif.subarray(-1)]);
}

/** A PNG that says it has 30,000 x 30,000 pixels, in 100 bytes. */
function bombHeader(): Buffer {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(30_000, 0);
  size.writeUInt32BE(30_000, 4);
  size.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const data = chunk('IDAT', deflateSync(Buffer.alloc(100)));
  return Buffer.concat([signature, chunk('IHDR', size), data, chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A user called root may read everything; for this test the process becomes somebody else. */
async function becomeOrdinary(base: string, folders: readonly string[]): Promise<() => void> {
  if (process.getuid?.() !== 0) return () => undefined;
  const nobody = 65_534;
  for (const folder of [base, ...folders]) await chown(folder, nobody, nobody);
  for (const file of ['a.jpg', 'b.jpg', 'locked/c.jpg'])
    await chown(path.join(base, 'photos', file), nobody, nobody);
  process.seteuid?.(nobody);
  return () => process.seteuid?.(0);
}
