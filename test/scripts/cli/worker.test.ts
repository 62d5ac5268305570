/**
 * `imglish worker` beside `imglish index`, as two machines would run them: the built-in model, a real Redis server, the
 * photos under another path.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { temporaryFolder, writePhoto } from '../../support/photo-folder.ts';
import { startRedis } from '../../support/redis-server.ts';
import { imglish, startImglish } from './run-imglish.ts';

interface IndexDocument {
  readonly added: number;
  readonly workers: readonly { readonly worker: string; readonly photos: number }[];
}

async function ready(context: TestContext, parameters: readonly string[]): Promise<ChildProcess> {
  const child = startImglish(parameters);
  context.after(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes('no library asks for workers yet')) break;
  }
  child.stderr.resume();
  return child;
}

describe('imglish worker', () => {
  it('embeds what "imglish index --no-local-work" finds, in two processes, and ends well', async (context) => {
    const redis = await startRedis(context);
    if (redis === null) return;
    const base = await temporaryFolder(context);
    const photos = path.join(base, 'photos');
    const mounted = path.join(base, 'mounted');
    for (let index = 0; index < 48; index += 1)
      await writePhoto(path.join(photos, `${index}.jpg`), index + 1);
    await cp(photos, mounted, { recursive: true, preserveTimestamps: true });
    const worker = (name: string): readonly string[] => [
      'worker',
      `--redis=${redis.url}`,
      `--map=${photos}=${mounted}`,
      `--name=${name}`,
      `--data=${path.join(base, name)}`,
      `--cache=${path.join(base, 'cache')}`,
      '--json',
    ];
    const one = await ready(context, worker('one'));
    const two = await ready(context, worker('two'));
    const { code, stdout, stderr } = await imglish(
      ['index', photos, '--no-local-work', '--json', '--cache', path.join(base, 'cache')],
      { IMGLISH_REDIS_URL: redis.url, IMGLISH_DATA: path.join(base, 'data') },
    );
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as IndexDocument;
    assert.equal(report.added, 48);
    // One may have done all before the other saw that there is work.
    assert.ok(report.workers.every(({ worker: name }) => name === 'one' || name === 'two'));
    assert.equal(
      report.workers.reduce((sum, share) => sum + share.photos, 0),
      48,
    );
    const found = await imglish(
      ['search', 'red', '--json', '--top', '48', '--cache', path.join(base, 'cache')],
      {
        IMGLISH_DATA: path.join(base, 'data'),
      },
    );
    assert.equal((JSON.parse(found.stdout) as { hits: unknown[] }).hits.length, 48);
    let embedded = 0;
    for (const child of [one, two]) {
      assert.ok(child.stdout);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      let text = '';
      for await (const chunk of child.stdout) text += String(chunk);
      await ended;
      assert.equal(child.exitCode, 0);
      embedded += (JSON.parse(text) as { photos: number }).photos;
    }
    assert.equal(embedded, 48);
  });

  it('asks for the server, and for two absolute paths in --map', async () => {
    const without = await imglish(['worker']);
    assert.deepEqual([without.code, /--redis: is missing/.test(without.stderr)], [2, true]);
    const relative = await imglish(['worker', '--redis', 'redis://127.0.0.1:1', '--map', 'photos=/x']);
    assert.equal(relative.code, 2);
    assert.match(relative.stderr, /--map: found "photos=\/x", expected two absolute paths/);
  });

  it('reads nothing unless it was told which folders it may read', async (context) => {
    const redis = await startRedis(context);
    if (redis === null) return;
    const { code, stderr } = await imglish(['worker', '--redis', redis.url]);
    assert.equal(code, 2);
    assert.match(stderr, /--map, --root: none is given, expected the folders that this worker may read/);
  });
});
