/**
 * Whether a folder lies on, or holds, a network share: the system tells nobody there what other machines change.
 * Source: proc(5), mounts; the names of file systems as Linux gives them. Deviation: none.
 */
import { readFile } from 'node:fs/promises';
import { isBelow } from '../store/index.ts';

export interface Mount {
  /** absolute */
  readonly path: string;
  /** such as `nfs4` */
  readonly type: string;
}

/** Shares of other machines, and folders that a virtual machine gets from its host. */
const NETWORK_TYPE =
  /^(nfs\d?|cifs|smb\w*|9p|afs|ncpfs|ceph|glusterfs|lustre|gpfs|beegfs|orangefs|davfs\d?|virtiofs|vboxsf|prl_fs|vmhgfs|fuse\..+)$/;

/** FUSE is used by disks of this machine as well; changes come through the mount, so they are seen. */
const LOCAL_FUSE = /^fuse\.(mergerfs|unionfs\S*|ntfs-3g|exfat\S*|bindfs|encfs|gocryptfs|cryfs|shfs)$/;

/** @returns mounts of this machine; none where the system does not list them */
export async function readMounts(): Promise<readonly Mount[]> {
  if (process.platform !== 'linux') return [];
  return parseMounts(await readFile('/proc/self/mounts', 'utf8').catch(() => ''));
}

/** @param text lines of `device path type options 0 0`; blanks in paths are written as \040 */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [, path, type] = line.split(' ');
    if (path === undefined || type === undefined) return [];
    return [{ path: path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => character(octal)), type }];
  });
}

/** The network share that the folder lies on, or one that lies in it. */
export function networkMountOf(folder: string, mounts: readonly Mount[]): Mount | undefined {
  // Of two on one place the later one covers the earlier.
  const types = new Map(mounts.map((mount) => [mount.path, mount.type]));
  const all = [...types].map(([path, type]): Mount => ({ path, type }));
  const holder = all
    .filter((mount) => isBelow(folder, mount.path))
    .toSorted((a, b) => b.path.length - a.path.length)
    .slice(0, 1);
  const inside = all.filter((mount) => mount.path !== folder && isBelow(mount.path, folder));
  return [...holder, ...inside].find(({ type }) => NETWORK_TYPE.test(type) && !LOCAL_FUSE.test(type));
}

function character(octal: string): string {
  return String.fromCharCode(Number.parseInt(octal, 8));
}
