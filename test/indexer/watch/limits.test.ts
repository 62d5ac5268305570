/**
 * The system has no more watches to give: the folders are looked through instead.
 * Source: user_namespaces(7), /proc/sys/user/max_inotify_watches. Deviation: none.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { workbench, writePhoto } from '../../support/photo-folder.ts';

interface Line {
  readonly notice?: string;
  readonly images?: number;
}

/** A namespace of its own has a limit of its own, so no other program is touched. */
const inNamespace = (limit: number, command: string): string[] => [
  '-Ur',
  'sh',
  '-c',
  `echo ${limit} > /proc/sys/user/max_inotify_watches && ${command}`,
];

function cannotLimit(): string | false {
  try {
    execFileSync('unshare', inNamespace(10, 'true'), { stdio: 'ignore' });
    return false;
  } catch {
    return 'needs user namespaces (Linux, and "sysctl kernel.unprivileged_userns_clone=1" on some systems)';
  }
}

describe('the limit of watches', { skip: cannotLimit() }, () => {
  // With 3 it is reached at the start, with 8 by folders that come later.
  for (const limit of [3, 8]) {
    it(`of ${limit} is told with its remedy when it is reached, and changes are still found`, async (context) => {
      const bench = await workbench(context);
      for (let index = 0; index < 5; index += 1) {
        await writePhoto(path.join(bench.photos, String(index), 'a.jpg'), index + 1);
      }
      const script = path.join(import.meta.dirname, 'watch-child.js');
      const command = `exec '${process.execPath}' '${script}' '${bench.data}' '${bench.photos}'`;
      const child = spawn('unshare', inNamespace(limit, command), { stdio: ['ignore', 'pipe', 'inherit'] });
      context.after(() => child.kill('SIGKILL'));
      const notices: string[] = [];
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const until = async (images: number): Promise<void> => {
        for (;;) {
          const { value, done } = await lines.next();
          assert.notEqual(done, true, 'the watcher ended');
          const line = JSON.parse(value ?? '') as Line;
          if (line.notice !== undefined) notices.push(line.notice);
          if (line.images === images) return;
        }
      };
      await until(5);
      for (let index = 5; index < 12; index += 1) {
        await writePhoto(path.join(bench.photos, String(index), 'deep', 'a.jpg'), index + 1);
      }
      await until(12);
      await writePhoto(path.join(bench.photos, '11', 'deep', 'b.jpg'), 100);
      await until(13);
      assert.equal(notices.length, 1);
      assert.match(notices[0] ?? '', /ENOSPC.*looked through every 0\.2 s.*fs\.inotify\.max_user_watches/);
    });
  }
});
