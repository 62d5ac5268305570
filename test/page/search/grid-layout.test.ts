/**
 * Where photos stand in the list.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gridLayout, neighbourOf, type GridRow } from '../../../web/page/search/grid-layout.ts';
import { justifiedRows, shownRatio } from '../../../web/page/search/justified-rows.ts';
import { sectionsOf } from '../../../web/page/search/sections.ts';

const options = { width: 1200, gap: 6, height: 220 };
/** Landscape, portrait, panorama, square, over and over. */
const ratios = Array.from({ length: 203 }, (_, index) => [1.5, 0.75, 2.4, 1][index % 4] ?? 1);

test('fills the width of every row but the last, at almost the height that is wanted', () => {
  const rows = justifiedRows(ratios, options);
  for (const { start, end, height } of rows.slice(0, -1)) {
    const sum = ratios.slice(start, end).reduce((total, ratio) => total + ratio, 0);
    assert.ok(Math.abs(sum * height + (end - start - 1) * options.gap - options.width) < 1e-6);
    assert.ok(height > 150 && height < 320, `height ${height}`);
  }
  assert.equal(rows.at(-1)?.end, ratios.length);
  assert.ok((rows.at(-1)?.height ?? 999) <= options.height);
});

test('never moves what stands above when more photos come', () => {
  const before = justifiedRows(ratios.slice(0, 60), options);
  const after = justifiedRows(ratios, options);
  assert.deepEqual(after.slice(0, before.length - 1), before.slice(0, -1));
});

test('has a place for a photo that is wider than the window, and for one without a size', () => {
  assert.deepEqual(justifiedRows([3, 3], { width: 300, gap: 3, height: 200 }), [
    { start: 0, end: 1, height: 100 },
    { start: 1, end: 2, height: 100 },
  ]);
  assert.deepEqual(justifiedRows([], options), []);
  assert.equal(shownRatio({ width: 0, height: 0 }), 1);
  assert.equal(shownRatio({ width: 20_000, height: 100 }), 3.2);
});

test('makes a section of each band, and a line where trust ends', () => {
  const hits = [
    { band: 'likely' },
    { band: 'maybe' },
    { band: 'maybe' },
    { band: 'unlikely' },
    { band: 'unlikely' },
    { band: null },
  ] as const;
  const sections = sectionsOf(hits, 3, true);
  assert.deepEqual(
    sections.map(({ kind, title, start, end }) => [kind, title, start, end]),
    [
      ['band', 'Likely', 0, 1],
      ['band', 'Maybe', 1, 3],
      ['cutoff', 'Below this line nothing is to be trusted', 3, 5],
      ['rest', 'Not read beside the words', 5, 6],
    ],
  );
});

test('makes one section without a title of photos that nobody judged', () => {
  assert.deepEqual(
    sectionsOf([{ band: null }, { band: null }], null, false).map(({ title, start, end }) => [
      title,
      start,
      end,
    ]),
    [['', 0, 2]],
  );
  assert.deepEqual(sectionsOf([], null, false), []);
});

test('draws the line also inside of what was not judged, as one of likeness', () => {
  const sections = sectionsOf([{ band: null }, { band: null }, { band: null }], 1, false);
  assert.deepEqual(
    sections.map(({ kind, start, end }) => [kind, start, end]),
    [
      ['rest', 0, 1],
      ['cutoff', 1, 3],
    ],
  );
  assert.match(sections[1]?.title ?? '', /look a little alike/);
});

test('leads the arrows to the next photo, and up and down to the nearest', () => {
  const images = ratios.slice(0, 40).map((ratio) => ({ width: ratio * 1000, height: 1000 }));
  const rows = gridLayout(
    images,
    sectionsOf(
      images.map(() => ({ band: null })),
      null,
      false,
    ),
    options,
  );
  const photoRows = rows.filter((row): row is Extract<GridRow, { kind: 'photos' }> => row.kind === 'photos');
  assert.equal(neighbourOf(rows, 0, 'left'), 0);
  assert.equal(neighbourOf(rows, 0, 'up'), 0);
  assert.equal(neighbourOf(rows, 39, 'right'), 39);
  const second = photoRows[1];
  assert.ok(second !== undefined);
  assert.equal(neighbourOf(rows, 0, 'down'), second.start);
  assert.equal(neighbourOf(rows, second.start - 1, 'down'), second.end - 1);
  assert.equal(neighbourOf(rows, second.end - 1, 'up'), second.start - 1);
});
