/**
 * What a lookup is asked for: in the address, in the request, in a shell.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { addressOf, curlOf, labelsOf, wishBody, wishOf } from '../../../web/page/lookup/lookup-wish.ts';

const all = ['caption', 'tag', 'line'] as const;

describe('the wish of a lookup', () => {
  test('goes through the address and back', () => {
    const wish = {
      id: 12,
      photo: null,
      kinds: ['tag'],
      own: false,
      labels: ['a dog', 'cats, many of them'],
    } as const;
    assert.deepEqual(wishOf(addressOf(wish)), wish);
    assert.equal(addressOf(wishOf('')), '');
    const dropped = { id: null, photo: '1a2b', kinds: all, own: true, labels: [] } as const;
    assert.deepEqual(wishOf(addressOf(dropped)), dropped);
    assert.deepEqual(wishOf('?id=3&photo=1a2b'), { ...dropped, id: 3, photo: null });
  });

  test('takes what an address should not hold for nothing', () => {
    assert.deepEqual(wishOf('?id=-3&kinds=poem&own=maybe'), {
      id: null,
      photo: null,
      kinds: all,
      own: true,
      labels: [],
    });
    assert.deepEqual(wishOf('?id=3e4&kinds=line,caption'), {
      id: null,
      photo: null,
      kinds: ['caption', 'line'],
      own: true,
      labels: [],
    });
  });

  test('leaves labels out of the address that would make it too long', () => {
    const labels = Array.from({ length: 300 }, (_, index) => `label ${index}`);
    assert.equal(addressOf({ id: 1, photo: null, kinds: all, own: true, labels }), '?id=1');
  });

  test('reads labels from lines, or from one line with commas', () => {
    assert.deepEqual(labelsOf(' a dog, a cat ,, a dog'), ['a dog', 'a cat']);
    assert.deepEqual(labelsOf('a dog, small\n\na cat\n'), ['a dog, small', 'a cat']);
    assert.deepEqual(labelsOf('  '), []);
  });

  test('asks only for what differs from what the server assumes', () => {
    assert.deepEqual(wishBody({ id: 1, photo: null, kinds: all, own: true, labels: [] }), { limit: 40 });
    assert.deepEqual(wishBody({ id: 1, photo: null, kinds: ['tag'], own: false, labels: [] }), {
      kinds: ['tag'],
      own: false,
      limit: 40,
    });
    assert.deepEqual(wishBody({ id: 1, photo: null, kinds: ['tag'], own: false, labels: ['a'] }), {
      texts: ['a'],
      limit: 40,
    });
  });
});

describe('the wish as a command', () => {
  const wish = { id: 7, photo: null, kinds: all, own: true, labels: ["it's a dog"] } as const;

  test('names a photo of the library', () => {
    const words = wordsOf(curlOf(wish, { origin: 'http://localhost:3210', fileName: null, needsKey: false }));
    assert.deepEqual(words.slice(0, 4), [
      'http://localhost:3210/v1/lookup',
      '-H',
      'Content-Type: application/json',
      '-d',
    ]);
    assert.deepEqual(JSON.parse(words[4] ?? ''), { image: { id: 7 }, texts: ["it's a dog"], limit: 40 });
  });

  test('sends a picture with a difficult name, and a key', () => {
    const command = curlOf(wish, { origin: 'http://h', fileName: `a "b"; it's.jpg`, needsKey: true });
    assert.deepEqual(wordsOf(command), [
      'http://h/v1/lookup',
      '-H',
      'X-Api-Key: secret',
      '-F',
      `image=@"a \\"b\\"; it's.jpg"`,
      '-F',
      `request={"texts":["it's a dog"],"limit":40}`,
    ]);
  });
});

/** What a shell gives to curl. */
function wordsOf(command: string): readonly string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const { stdout, status } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], IMGLISH_API_KEY: 'secret' },
  });
  assert.equal(status, 0);
  return stdout.split('\0').slice(0, -1);
}
