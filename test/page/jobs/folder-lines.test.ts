/**
 * Pasted folders.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { foldersOf } from '../../../web/page/jobs/folder-lines.ts';

describe('pasted folders', () => {
  test('are taken as terminals and file managers copy them, each once', () => {
    const text = `/photos/2021\r\n'/photos/My holidays'\n\n "C:\\Users\\Anna\\Bilder" \n/photos/2021\nfile:///photos/Sch%C3%B6n%20hier\nfile:///D:/Bilder`;
    assert.deepEqual(foldersOf(text), {
      folders: [
        '/photos/2021',
        '/photos/My holidays',
        'C:\\Users\\Anna\\Bilder',
        '/photos/Schön hier',
        'D:/Bilder',
      ],
      wrong: [],
    });
  });

  test('that are no absolute paths are given back', () => {
    assert.deepEqual(foldersOf('photos\n~/Pictures\n/good'), {
      folders: ['/good'],
      wrong: ['photos', '~/Pictures'],
    });
    assert.deepEqual(foldersOf('  \n'), { folders: [], wrong: [] });
  });
});
