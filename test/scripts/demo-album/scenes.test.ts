/**
 * Scenes: seeds, room, wishes.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backgrounds } from '../../../scripts/demo-album/backgrounds.ts';
import { backgroundNames, kindNamed, kinds } from '../../../scripts/demo-album/catalogue/index.ts';
import { paintScene, parseAlbumSeed, sampleScene, type Scene } from '../../../scripts/demo-album/index.ts';
import { wishes } from '../../../scripts/demo-album/wishes.ts';
import { isAppError } from '../../../model/index.ts';

const SCENES = 300;
/** Share of the smaller box that may lie under another one, as the eye still sees two things. */
const OVERLAP_MAX = 0.021;

const scenes: readonly Scene[] = (['demo', 'test', 'train:2'] as const).flatMap((seed) =>
  Array.from({ length: SCENES }, (_unused, index) => sampleScene(seed, index)),
);

test('the same seed and index give the same picture, byte for byte', () => {
  for (const index of [0, 5, 31, 77]) {
    assert.equal(paintScene(sampleScene('demo', index)), paintScene(sampleScene('demo', index)));
  }
});

test('another index, another use or another number of the seed gives another picture', () => {
  const pictures = [
    sampleScene('test', 40),
    sampleScene('test', 41),
    sampleScene('demo', 40),
    sampleScene('train', 40),
    sampleScene('train:1', 40),
  ].map(paintScene);
  assert.equal(new Set(pictures).size, pictures.length);
});

test('seeds are demo, test or train, with or without a number', () => {
  for (const text of ['demo', 'test:0', 'train:123456789']) assert.equal(parseAlbumSeed(text), text);
  for (const text of ['', 'Demo', 'demo-1', 'demo:', 'train:01', 'train:-1', 'train:1.5', 'other']) {
    assert.throws(
      () => parseAlbumSeed(text),
      (error) => isAppError(error, 'INVALID_ARGUMENT'),
      text,
    );
  }
});

test('everything lies inside the frame and is large enough to be seen', () => {
  for (const { seed, index, width, height, objects } of scenes) {
    for (const { box } of objects.flatMap((object) => object.placements)) {
      const label = `${seed} ${index} ${JSON.stringify(box)}`;
      assert.ok(
        box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height,
        label,
      );
      assert.ok(Math.max(box.width, box.height) >= Math.min(width, height) * 0.12, label);
    }
  }
});

test('nothing hides anything else, except that things lie on their support', () => {
  for (const { seed, index, objects, relations } of scenes) {
    const all = objects.flatMap((object, group) => object.placements.map(({ box }) => ({ box, group })));
    for (const [position, a] of all.entries()) {
      for (const b of all.slice(position + 1)) {
        const rests = relations.some(
          ({ relation, subject, object }) =>
            relation === 'on' && [subject, object].includes(a.group) && [subject, object].includes(b.group),
        );
        const width = Math.min(a.box.x + a.box.width, b.box.x + b.box.width) - Math.max(a.box.x, b.box.x);
        const height = Math.min(a.box.y + a.box.height, b.box.y + b.box.height) - Math.max(a.box.y, b.box.y);
        const smaller = Math.min(a.box.width * a.box.height, b.box.width * b.box.height);
        const share = (Math.max(0, width) * Math.max(0, height)) / smaller;
        assert.ok(rests || share <= OVERLAP_MAX, `${seed} ${index}: ${share}`);
      }
    }
  }
});

test('what stands on the ground stands below the horizon, what flies is above it', () => {
  for (const { seed, index, horizon, height, objects, relations } of scenes) {
    for (const [position, object] of objects.entries()) {
      if (relations.some(({ relation, subject }) => relation === 'on' && subject === position)) continue;
      const { surface } = kindNamed(object.name);
      for (const { box } of object.placements) {
        const feet = box.y + box.height;
        const label = `${seed} ${index} ${object.name}: feet ${feet}, horizon ${horizon}`;
        // A kite so near that it fills the sky may reach down before the land, with less than half of itself.
        if (surface === 'air' || surface === 'deep') assert.ok(box.y + box.height / 2 < horizon, label);
        else assert.ok(feet > horizon && feet <= height, label);
      }
    }
  }
});

test('the wishes of the demo album are granted, and no other album has them', () => {
  for (const [index, wish] of wishes.entries()) {
    const scene = sampleScene('demo', index);
    assert.equal(scene.background, wish.background);
    if (wish.time !== undefined) assert.equal(scene.time, wish.time);
    if (wish.weather !== undefined) assert.equal(scene.weather, wish.weather);
    for (const [position, thing] of wish.things.entries()) {
      const object = scene.objects[position];
      assert.equal(object?.name, thing.name);
      assert.equal(object.count, thing.count ?? 1);
      assert.equal(object.placements.length, thing.count ?? 1);
      if (thing.colour !== undefined) assert.equal(object.colour, thing.colour);
      if (thing.size !== undefined) assert.equal(object.size, thing.size);
    }
    const { relation } = wish;
    if (relation !== undefined) {
      assert.ok(
        scene.relations.some(
          (known) => known.relation === relation && known.subject === 0 && known.object === 1,
        ),
      );
    }
  }
  const isGranted = wishes.every((wish, index) => sampleScene('train', index).background === wish.background);
  assert.equal(isGranted, false);
});

test('every kind lives where its place has a surface for it, and chance shows every place', () => {
  for (const kind of kinds) {
    for (const home of kind.homes)
      assert.ok(backgrounds[home].bands[kind.surface] !== undefined, `${kind.name}: ${home}`);
  }
  assert.deepEqual(new Set(scenes.map((scene) => scene.background)), new Set(backgroundNames));
});

test('the demo album shows most of the catalogue', () => {
  const shown = new Set(
    Array.from({ length: 240 }, (_unused, index) => sampleScene('demo', index)).flatMap(({ objects }) =>
      objects.map(({ name }) => name),
    ),
  );
  assert.ok(shown.size >= kinds.length * 0.7, `${shown.size} of ${kinds.length} kinds`);
});
