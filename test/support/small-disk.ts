/**
 * A disk of a few megabytes that can be filled, mounted for one test.
 * Source: tmpfs(5). Deviation: none.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly folder: string;
  /** Takes all space but about so many bytes. */
  fill(leaveBytes: number): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
}

/** @returns null, and the test is skipped, where this process may not mount */
export async function smallDisk(context: TestContext, bytes: number): Promise<SmallDisk | null> {
  const folder = await mkdtemp(path.join(tmpdir(), 'imglish-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true });
    context.skip('needs the right to mount a tmpfs: run the tests as root on Linux');
    return null;
  }
  context.after(async () => {
    await run('umount', ['--lazy', folder]);
    await rm(folder, { recursive: true });
  });
  const ballast = path.join(folder, 'ballast');
  return {
    folder,
    async fill(leaveBytes) {
      const { bavail, bsize } = await statfs(folder);
      await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
    },
    async free() {
      await rm(ballast, { force: true });
    },
  };
}
