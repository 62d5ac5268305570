/**
 * Patterns of paths: against picomatch, against SQLite, and against the clock.
 * Source: path-glob.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import picomatch from 'picomatch';
import { globSql, matchesSegment, parseSegment } from '../../../../indexer/store/filter/glob-segment.ts';
import { parsePathGlob } from '../../../../indexer/store/filter/path-glob.ts';
import { Connection } from '../../../../indexer/store/index.ts';
import { randomNumbers, temporaryFolder } from '../../../support/photo-folder.ts';

const random = randomNumbers(3);

function randomText(pieces: readonly string[], length: number): string {
  return Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)] ?? '').join('');
}

/** The whole of a pattern, names matched as SQL would. */
function matches(glob: string, segments: readonly string[]): boolean {
  const name = segments.at(-1) ?? '';
  return parsePathGlob(glob).some(({ folders, names }) => {
    if (folders !== undefined && !folders(segments.slice(0, -1))) return false;
    // GLOB itself is held against `matchesSegment` below.
    return names === undefined || names.some(({ glob: sql }) => matchesSegment(parseSegment(sql), name));
  });
}

describe('a pattern of a path', () => {
  it('means what it means to picomatch, for thousands of random ones with folders', () => {
    const names = ['a', 'b', 'ab', 'ba', 'A', 'aab'];
    const steps = ['a', '*', '**', 'a*', '?b', '*b', '[ab]', '{a,ab}', 'b?*', 'B'];
    let [yes, no] = [0, 0];
    for (let round = 0; round < 20_000; round += 1) {
      const glob = Array.from({ length: 2 + Math.floor(random() * 3) }, () => randomText(steps, 1)).join('/');
      const segments = Array.from({ length: 1 + Math.floor(random() * 4) }, () => randomText(names, 1));
      // picomatch lets `a/**` hold for the folder `a` itself; here only photos are asked about, and `a` is one.
      if (glob.endsWith('/**')) continue;
      const wanted = picomatch.isMatch(segments.join('/'), glob, { dot: true, nocase: true, windows: false });
      assert.equal(matches(glob, segments), wanted, `${glob} on ${segments.join('/')}`);
      if (wanted) yes += 1;
      else no += 1;
    }
    assert.ok(yes > 500 && no > 500, `${yes} of ${yes + no}`);
  });

  it('means the same to SQLite as to the matcher of folders, in classes of every kind', async (context) => {
    const connection = Connection.openPlain(`${await temporaryFolder(context)}/any.sqlite`, 1000);
    const query = connection.prepare<{ is: number }>('SELECT ? GLOB ? AS "is"');
    const pieces = ['a', 'B', 'ä', 'Ä', 'ß', '*', '?', '[', ']', '!', '^', '-', '\\', '.', 'z', '🌊'];
    try {
      let yes = 0;
      for (let round = 0; round < 30_000; round += 1) {
        const pattern = randomText(pieces, 1 + Math.floor(random() * 7));
        const name = randomText(pieces, Math.floor(random() * 5));
        const tokens = parseSegment(pattern);
        const isMatch = matchesSegment(tokens, name);
        assert.equal(query.get(name, globSql(tokens))?.is === 1, isMatch, `${pattern} on ${name}`);
        if (isMatch) yes += 1;
      }
      assert.ok(yes > 300, `${yes}`);
    } finally {
      connection.close();
    }
  });

  const meanings: readonly (readonly [string, string, boolean])[] = [
    ['*.jpg', 'Photos/2023/a.JPG', true],
    ['*.jpg', 'Photos/2023/a.jpg.png', false],
    ['Photos/**', 'Photos/a.jpg', true],
    ['Photos/', 'Photos/2023/a.jpg', true],
    ['photos/*', 'Photos/2023/a.jpg', false],
    ['/Photos/*', 'Photos/a.jpg', true],
    ['./Photos/*', 'Photos/a.jpg', true],
    ['2023/*', 'Photos/2023/a.jpg', false],
    ['**/2023/*', 'Photos/2023/a.jpg', true],
    ['**', 'Photos/a.jpg', true],
    ['**/*.jpg', 'a.jpg', true],
    ['[!a-c]*', 'Photos/d.jpg', true],
    ['[!a-c]*', 'Photos/b.jpg', false],
    ['GRÖSSE*', 'Photos/größe.jpg', false],
    ['GRÖẞE*', 'Photos/größe.jpg', true],
    ['größe*', 'Photos/gro\u0308ße.jpg', true],
    ['a{b,c}d', 'abd', true],
    ['a{b}d', 'a{b}d', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['[a', '[a', true],
  ];
  for (const [glob, path, isMatch] of meanings) {
    it(`lets ${glob} ${isMatch ? 'hold' : 'not hold'} for ${path}`, () => {
      const segments = path.split('/');
      const name = segments.at(-1) ?? '';
      const found = parsePathGlob(glob).some(
        ({ folders, names }) =>
          (folders?.(segments.slice(0, -1)) ?? true) &&
          (names?.some(({ glob: sql }) => globHolds(sql, name)) ?? true),
      );
      assert.equal(found, isMatch);
    });
  }

  it('takes no time to speak of, whatever it looks like', () => {
    const name = 'a'.repeat(255);
    const evil = [
      `${'*a'.repeat(140)}b`,
      `${'a*'.repeat(140)}?b`,
      `${'**/'.repeat(60)}b`,
      `${'*/'.repeat(140)}b`,
      `${'[a-z]*'.repeat(40)}b`,
    ];
    const start = performance.now();
    for (const glob of evil) {
      const segments = Array.from({ length: 1000 }, () => name);
      assert.equal(matches(glob, segments), false);
    }
    assert.ok(performance.now() - start < 2000, `${performance.now() - start} ms`);
  });
});

/** As SQLite does it, which a test above proves. */
function globHolds(glob: string, name: string): boolean {
  return matchesSegment(parseSegment(glob), name);
}
