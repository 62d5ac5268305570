/**
 * The byte tree against a map of keys.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteTrie, TRIE_ROOT } from '../../../model/text/byte-trie.ts';

function valueOf(trie: ByteTrie, key: Uint8Array): number {
  let node = TRIE_ROOT;
  for (const byte of key) {
    node = trie.step(node, byte);
    if (node === TRIE_ROOT) return -1;
  }
  return trie.valueAt(node);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test('finds every key with its value and no other, whatever the number of children', () => {
  const trie = new ByteTrie();
  const expected = new Map<string, number>();
  let state = 12_345;
  for (let value = 0; value < 20_000; value += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const key = Uint8Array.of(state >>> 24, (state >>> 16) & 0xff, (state >>> 12) & 3).subarray(
      0,
      1 + (value % 3),
    );
    const name = key.toString();
    assert.equal(trie.add(key, 0, key.length, value), !expected.has(name));
    if (!expected.has(name)) expected.set(name, value);
  }
  for (let first = 0; first < 256; first += 1) {
    for (let second = 0; second < 256; second += 1) {
      for (let third = 0; third < 5; third += 1) {
        const key = Uint8Array.of(first, second, third);
        assert.equal(valueOf(trie, key), expected.get(key.toString()) ?? -1);
      }
    }
  }
});

test('matches the longest key, also one that ends with the text', () => {
  const trie = new ByteTrie();
  trie.add(bytes('xabx'), 1, 3, 0);
  trie.add(bytes('abcd'), 0, 4, 1);
  assert.equal(trie.longestMatch(bytes('abcd'), 0), 4);
  assert.equal(trie.longestMatch(bytes('abcx'), 0), 2);
  assert.equal(trie.longestMatch(bytes('xab'), 1), 2);
  assert.equal(trie.longestMatch(bytes('xab'), 0), 0);
  assert.equal(trie.longestMatch(bytes('a'), 0), 0);
});
