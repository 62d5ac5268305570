/**
 * Links, loops and names.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { cp, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { scan, type ScanEvent, type ScanOptions } from '../../indexer/scan/scan.ts';
import { temporaryFolder, writePhoto } from '../support/photo-folder.ts';

const defaults: ScanOptions = {
  excludeFolders: [],
  excludePaths: [],
  followSymlinks: false,
  devices: new Map(),
};

async function scanned(root: string, options: Partial<ScanOptions> = {}): Promise<ScanEvent[]> {
  const events: ScanEvent[] = [];
  for await (const event of scan(root, { ...defaults, ...options })) events.push(event);
  return events;
}

function files(events: readonly ScanEvent[], root: string): string[] {
  return events
    .flatMap((event) => (event.kind === 'file' ? [path.relative(root, event.path)] : []))
    .toSorted();
}

const isWindows = process.platform === 'win32';

describe('a scan', () => {
  it('leaves out links by default and follows them when asked', { skip: isWindows }, async (context) => {
    const base = await temporaryFolder(context);
    const root = path.join(base, 'root');
    await writePhoto(path.join(root, 'a.jpg'), 1);
    await writePhoto(path.join(base, 'elsewhere', 'b.jpg'), 2);
    await symlink(path.join(base, 'elsewhere'), path.join(root, 'link'));
    await symlink(path.join(base, 'elsewhere', 'b.jpg'), path.join(root, 'c.jpg'));
    assert.deepEqual(files(await scanned(root), root), ['a.jpg']);
    const followed = await scanned(root, { followSymlinks: true });
    assert.ok(files(followed, root).includes('a.jpg'));
    assert.ok(files(followed, root).includes('link/b.jpg'));
  });

  it(
    'walks a folder once that links to itself, to its parent, or is linked twice',
    { skip: isWindows },
    async (context) => {
      const root = await temporaryFolder(context);
      await writePhoto(path.join(root, 'sub', 'a.jpg'), 1);
      await mkdir(path.join(root, 'other'));
      await symlink(root, path.join(root, 'sub', 'up'));
      await symlink('.', path.join(root, 'sub', 'self'));
      await symlink(path.join(root, 'sub'), path.join(root, 'other', 'one'));
      await symlink(path.join(root, 'sub'), path.join(root, 'another'));
      await symlink(path.join(root, 'sub', 'a.jpg'), path.join(root, 'same.jpg'));
      await symlink('endless.jpg', path.join(root, 'endless.jpg'));
      const events = await scanned(root, { followSymlinks: true });
      assert.deepEqual(files(events, root), ['sub/a.jpg']);
      assert.deepEqual(
        events.flatMap((event) => (event.kind === 'skip' ? [[path.basename(event.path), event.code]] : [])),
        [['endless.jpg', 'FILE_UNREADABLE']],
      );
    },
  );

  it('takes picture names in any case, and nothing else', async (context) => {
    const root = await temporaryFolder(context);
    const photo = await writePhoto(path.join(root, 'a.JPG'), 1);
    for (const name of [
      'b.jpeg',
      'c.TIFF',
      'd.webp',
      'e.heic',
      'e.CR2',
      'e.nef',
      'e.arw',
      'e.dng',
      'f.txt',
      'jpg',
      'g.jpg.part',
      '.h.jpg',
      '._i.jpg',
    ]) {
      await cp(photo, path.join(root, name));
    }
    assert.deepEqual(files(await scanned(root), root), [
      'a.JPG',
      'b.jpeg',
      'c.TIFF',
      'd.webp',
      'e.CR2',
      'e.arw',
      'e.dng',
      'e.heic',
      'e.nef',
    ]);
  });

  it('keeps what is known of an empty root that lies on another disk than before', async (context) => {
    const root = await temporaryFolder(context);
    const [event] = await scanned(root, { devices: new Map([[root, -1]]) });
    assert.ok(event?.kind === 'skip' && event.isFolder);
    assert.match(event.message, /plug the drive in/);
    await writePhoto(path.join(root, 'a.jpg'), 1);
    const events = await scanned(root, { devices: new Map([[root, -1]]) });
    assert.deepEqual(events.map(({ kind }) => kind).toSorted(), ['file', 'folder']);
  });

  it('stops when called off', async (context) => {
    const root = await temporaryFolder(context);
    await writePhoto(path.join(root, 'a.jpg'), 1);
    await assert.rejects(scanned(root, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });
});
