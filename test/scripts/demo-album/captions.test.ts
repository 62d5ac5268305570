/**
 * Captions say what the scene is, and nothing else.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captionsOf, sampleScene, type AlbumSeed, type Scene } from '../../../scripts/demo-album/index.ts';
import { falseClaims, phrasesIn } from './caption-checker.ts';

const seeds: readonly AlbumSeed[] = ['demo', 'test', 'train:1'];
const SCENES = 240;

function everyScene(check: (scene: Scene, captions: readonly string[]) => void): void {
  for (const seed of seeds) {
    for (let index = 0; index < SCENES; index += 1) {
      const scene = sampleScene(seed, index);
      check(scene, captionsOf(scene));
    }
  }
}

test('every count, colour, size, action, relation, hour, weather and place of a caption is so in its scene', () => {
  everyScene((scene, captions) => {
    for (const text of captions)
      assert.deepEqual(falseClaims(text, scene), [], `${scene.seed} ${scene.index}: ${text}`);
  });
});

test('the naive checker finds each kind of lie', () => {
  const scene = sampleScene('demo', 10);
  assert.deepEqual(falseClaims('a red car to the left of a blue car on a city street at midday', scene), []);
  for (const lie of [
    'two red cars and a blue car in the city',
    'a green car and a blue car in the city',
    'a red car and a bus in the city',
    'a red car to the right of a blue car',
    'a red car above a blue car',
    'a big red car in the city',
    'a red car in the city at night',
    'a red car in the city while it rains',
    'a red car in a forest',
    'a car in the city, red',
  ]) {
    assert.notDeepEqual(falseClaims(lie, scene), [], lie);
  }
});

test('the first caption names every group of things', () => {
  everyScene((scene, captions) => {
    assert.equal(phrasesIn(captions[0] ?? ''), scene.objects.length, captions[0]);
  });
});

test('a scene has four to six different captions, in lower case, without a full stop', () => {
  everyScene((scene, captions) => {
    const label = `${scene.seed} ${scene.index}: ${captions.join(' | ')}`;
    assert.ok(captions.length >= 4 && captions.length <= 6, label);
    assert.equal(new Set(captions).size, captions.length, label);
    for (const text of captions) assert.match(text, /^[a-zA-Z][a-zA-Z ,]*[a-zA-Z]$/, label);
  });
});

test('a scene with relations is captioned with one of them', () => {
  const relation = /left of|right of|above|over|below|under|\bon\b/;
  everyScene((scene, captions) => {
    if (scene.relations.length > 0)
      assert.ok(
        captions.some((text) => relation.test(text)),
        captions.join(' | '),
      );
  });
});

test('the same scene has the same captions', () => {
  assert.deepEqual(captionsOf(sampleScene('demo', 17)), captionsOf(sampleScene('demo', 17)));
  assert.notDeepEqual(captionsOf(sampleScene('demo', 17)), captionsOf(sampleScene('demo', 18)));
});
