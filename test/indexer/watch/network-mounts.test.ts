/**
 * Which folders are looked through because nobody tells of changes in them.
 * Source: lines of /proc/mounts as Linux writes them. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { networkMountOf, parseMounts } from '../../../indexer/watch/network-mounts.ts';

const mounts = parseMounts(
  [
    '/dev/sda1 / ext4 rw,relatime 0 0',
    'proc /proc proc rw 0 0',
    'nas:/photos /mnt/nas nfs4 rw,vers=4.2 0 0',
    '//box/share /mnt/my\\040share cifs rw 0 0',
    '/dev/sdb1 /mnt/nas/local ext4 rw 0 0',
    'me@host: /home/me/remote fuse.sshfs rw 0 0',
    '1:2 /mnt/pool fuse.mergerfs rw 0 0',
    '/dev/sdc1 /mnt/stick fuseblk rw 0 0',
    'nas:/old /srv/twice nfs rw 0 0',
    '/dev/sdd1 /srv/twice xfs rw 0 0',
    '',
  ].join('\n'),
);

const typeOf = (folder: string): string | undefined => networkMountOf(folder, mounts)?.type;

describe('a folder', () => {
  it('on NFS, SMB or sshfs is found to be a network share', () => {
    assert.equal(typeOf('/mnt/nas/2024'), 'nfs4');
    assert.equal(typeOf('/mnt/my share'), 'cifs');
    assert.equal(typeOf('/home/me/remote/a/b'), 'fuse.sshfs');
  });

  it('that holds a network share is found as well', () => {
    assert.equal(typeOf('/home/me'), 'fuse.sshfs');
    assert.equal(networkMountOf('/home/me', mounts)?.path, '/home/me/remote');
  });

  it('on a disk of this machine is not', () => {
    for (const folder of [
      '/home/you',
      '/mnt/nas/local/x',
      '/mnt/pool/a',
      '/mnt/stick',
      '/srv/twice',
      '/mnt/nasty',
    ]) {
      assert.equal(typeOf(folder), undefined, folder);
    }
  });
});
