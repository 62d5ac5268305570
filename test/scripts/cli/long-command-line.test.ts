/**
 * Command lines on which onnxruntime ends the process with SIGSEGV when it is left to read them.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { renderAlbum } from '../../../scripts/demo-album/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { imglish, startImglish } from './run-imglish.ts';

/** Three times what crashed. */
const BYTES = 50_000;
const LONG = 'mountain '.repeat(Math.ceil(BYTES / 9));

const folder = await temporaryFolder({ after });
const album = path.join(folder, 'album');
const data = ['--data', path.join(folder, 'data')];

before(async () => {
  await renderAlbum({ folder: album, count: 4, seed: 'test:31' });
});

describe('a command line of 50,000 bytes', { timeout: 120_000 }, () => {
  it('gives the same answer as a short one', async () => {
    const short = await imglish(['embed', '--texts', 'mountain '.repeat(200), '--json']);
    const long = await imglish(['embed', '--texts', LONG, '--json']);
    assert.equal(long.code, 0, long.stderr);
    assert.match(long.stderr, /longer than this model reads/);
    // Both are longer than the model reads, so it reads the same.
    assert.deepEqual(vectorOf(long.stdout), vectorOf(short.stdout));
  });

  it('may name thousands of files', async () => {
    const files = readdirSync(album)
      .filter((name) => name.endsWith('.jpg'))
      .map((name) => path.join(album, name));
    const again = Array.from(
      { length: Math.ceil(BYTES / (files[0] ?? '').length) },
      (_, index) => files[index % files.length] ?? '',
    );
    const { code, stdout, stderr } = await imglish(['index', ...again, '--no-progress', ...data]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /4 new/);
  });

  it('is refused as a short one is, with the same exit code', async () => {
    const { code, stderr } = await imglish(['embed', '--nonsense', LONG]);
    assert.equal(code, 2);
    assert.match(stderr, /unknown option '--nonsense'/);
  });

  it(
    'leaves no process behind when its first one is killed with kill -9',
    { skip: !existsSync('/proc/self/task') },
    async (context) => {
      const child = startImglish([
        'serve',
        album,
        '--port',
        '0',
        ...data,
        '--host',
        '127.0.0.1',
        ...manyFolders(),
      ]);
      context.after(() => child.kill('SIGKILL'));
      child.stdout.resume();
      await once(child.stderr, 'data');
      child.stderr.resume();
      const [second] = childrenOf(child.pid ?? 0);
      assert.ok(second !== undefined, 'a second process does the work');
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (let waited = 0; existsSync(`/proc/${second}`) && waited < 10_000; waited += 50) await delay(50);
      assert.ok(!existsSync(`/proc/${second}`), `process ${second} runs on`);
    },
  );
});

/** The same folder again and again, which is one folder. */
function manyFolders(): string[] {
  return Array.from({ length: Math.ceil(BYTES / album.length) }, () => album);
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    // Ended meanwhile.
    return undefined;
  }
}

function vectorOf(stdout: string): readonly number[] {
  const { texts } = JSON.parse(stdout) as { texts: { vector: number[] }[] };
  const [first] = texts;
  assert.ok(first);
  return first.vector;
}
