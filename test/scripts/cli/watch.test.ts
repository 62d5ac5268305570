/**
 * `imglish watch` as a user starts and ends it, with the built-in model.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { temporaryFolder, writePhoto } from '../../support/photo-folder.ts';
import { imglish, startImglish } from './run-imglish.ts';

interface Line {
  readonly added: number;
  readonly removed: number;
}

describe('imglish watch', () => {
  it('prints a line for each batch of changes, and ends well at Ctrl-C', async (context) => {
    const base = await temporaryFolder(context);
    const photos = path.join(base, 'photos');
    await mkdir(photos);
    await writePhoto(path.join(photos, 'a.jpg'), 1);
    const data = path.join(base, 'data');
    const child = startImglish(['watch', photos, '--data', data, '--json']);
    context.after(() => child.kill('SIGKILL'));
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<Line> => {
      const { value, done } = await lines.next();
      assert.notEqual(done, true, said);
      return JSON.parse(value ?? '') as Line;
    };
    assert.equal((await next()).added, 1);
    await writePhoto(path.join(photos, 'new', 'b.jpg'), 2);
    assert.equal((await next()).added, 1);
    await rm(path.join(photos, 'a.jpg'));
    assert.equal((await next()).removed, 1);
    assert.match(said, /^Watching .*photos; Ctrl-C ends it\.$/m);
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null], said);
    const { code, stdout } = await imglish(['index', '--data', data, '--json', '--no-progress']);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { unchanged: number }).unchanged, 1);
  });

  it('says what is wrong where there is nothing to watch', async (context) => {
    const base = await temporaryFolder(context);
    const nothing = await imglish(['watch', '--data', path.join(base, 'data')]);
    assert.match(nothing.stderr, /no folder was indexed before, .*imglish watch <folder>/);
    assert.equal(nothing.code, 2);
    const typo = await imglish(['watch', path.join(base, 'typo'), '--data', path.join(base, 'data')]);
    assert.match(typo.stderr, /typo: is not there/);
    assert.equal(typo.code, 1);
    const interval = await imglish(['watch', base, '--poll', 'often']);
    assert.match(interval.stderr, /--poll: found "often", expected a whole number from 1 to 86400/);
    assert.equal(interval.code, 2);
  });
});
