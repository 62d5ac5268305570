/**
 * When a path that changed is ready to be read, and what is kept when there are too many.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DirtyPaths } from '../../../indexer/watch/dirty-paths.ts';

const roots = new Set(['/p', '/q']);
const make = (pathsMax = 100) => new DirtyPaths({ settleMs: 10, patienceMs: 100, pathsMax, roots });

describe('paths that changed', () => {
  it('are given out together once all have settled', () => {
    const dirty = make();
    dirty.add('/p/a', 0);
    dirty.add('/p/b', 5);
    assert.deepEqual(dirty.take(14).paths, []);
    const { paths, isQuiet } = dirty.take(15);
    assert.deepEqual(paths, ['/p/a', '/p/b']);
    assert.equal(isQuiet, true);
    assert.equal(dirty.size, 0);
  });

  it('that have settled are given out before the others when patience is at its end', () => {
    const dirty = make();
    dirty.add('/p/a', 0);
    for (let nowMs = 0; nowMs <= 100; nowMs += 5) dirty.add('/p/busy', nowMs);
    assert.deepEqual(dirty.take(99).paths, []);
    const { paths, isQuiet, restless } = dirty.take(101);
    assert.deepEqual(paths, ['/p/a']);
    assert.equal(isQuiet, false);
    assert.equal(restless.size, 0);
    assert.equal(dirty.isUnsettled('/p/busy', 101), true);
    assert.equal(dirty.isUnsettled('/p/busy', 110), false);
  });

  it('that never settle are given out in the end, and named restless', () => {
    const dirty = make();
    for (let nowMs = 0; nowMs <= 600; nowMs += 5) dirty.add('/p/busy', nowMs);
    assert.deepEqual(dirty.take(599).paths, []);
    const { paths, restless } = dirty.take(600);
    assert.deepEqual(paths, ['/p/busy']);
    assert.ok(restless.has('/p/busy'));
  });

  it('are replaced by their folder when there are too many, but never by one above a root', () => {
    const dirty = make(4);
    for (let index = 0; index < 50; index += 1) dirty.add(`/p/many/${index}`, 0);
    dirty.add('/p/few/a', 0);
    dirty.add('/q/b', 0);
    assert.deepEqual(dirty.take(10).paths.toSorted(), ['/p/few/a', '/p/many', '/q/b']);
  });

  it('stay few however many folders they lie in', () => {
    const dirty = make(4);
    for (let index = 0; index < 200; index += 1) {
      dirty.add(`/p/${index % 7}/${index}/a/b.jpg`, 0);
      assert.ok(dirty.size <= 5, `${dirty.size} paths after ${index}`);
    }
    const { paths } = dirty.take(10);
    for (let index = 0; index < 200; index += 1) {
      const place = `/p/${index % 7}/${index}/a/b.jpg`;
      assert.ok(
        paths.some((one) => place === one || place.startsWith(`${one}/`)),
        `${place} was lost`,
      );
    }
  });

  it('of a folder that stands for others come back as themselves after it was given out', () => {
    const dirty = make(2);
    for (const name of ['a', 'b', 'c']) dirty.add(`/p/x/${name}`, 0);
    assert.deepEqual(dirty.take(10).paths, ['/p/x']);
    dirty.add('/p/x/d', 20);
    assert.deepEqual(dirty.take(30).paths, ['/p/x/d']);
  });
});
