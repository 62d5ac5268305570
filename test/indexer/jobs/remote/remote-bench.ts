/**
 * A photo folder, a library, a real Redis server, and worker processes over them.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { IndexOptions, IndexReport, Library } from '../../../../indexer/index.ts';
import { pathsIn, workbench, writePhoto, type Workbench } from '../../../support/photo-folder.ts';
import { startRedis, type RedisServer } from '../../../support/redis-server.ts';

export interface RemoteBench extends Workbench {
  readonly redis: RedisServer;
  /** Starts a worker process; killed when the test ends. */
  worker(name: string, options?: { readonly poison?: string; readonly batchMs?: number }): ChildProcess;
  /** Indexes with workers, without local work unless the options say so. */
  remotely(options?: Partial<IndexOptions>): Promise<IndexReport>;
}

/** null where there is no Redis: the test is skipped. */
export async function remoteBench(context: TestContext, photos: number): Promise<RemoteBench | null> {
  const redis = await startRedis(context);
  if (redis === null) return null;
  const bench = await workbench(context);
  for (let index = 0; index < photos; index += 1) {
    await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
  }
  return {
    ...bench,
    redis,
    worker: (name, { poison = '', batchMs = 20 } = {}) =>
      startChild(context, 'worker-child.js', [redis.url, bench.photos, name, poison, String(batchMs)]),
    remotely: (options = {}) => bench.index({ redisUrl: redis.url, localWork: false, ...options }),
  };
}

export function startChild(
  context: TestContext,
  script: string,
  parameters: readonly string[],
): ChildProcess {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, script), ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => killed(child));
  return child;
}

/** Waits for a line that `is` wanted, or for the end of the process. */
export async function untilLine(child: ChildProcess, is: (line: string) => boolean): Promise<void> {
  assert.ok(child.stdout);
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (is(line)) break;
  // A full pipe would stop the process.
  child.stdout.resume();
}

/** SIGKILL, and waits for the end. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** SIGTERM, and waits for the end. @returns the exit code */
export async function stopped(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  return child.exitCode;
}

/** All that is in the library is whole: row, content, vector, index; nothing twice, nothing beside it. */
export async function assertConsistent(library: Library, bench: Workbench): Promise<number> {
  assert.equal(library.store.check(), 'ok');
  const paths = pathsIn(library, bench.photos);
  assert.equal(new Set(paths).size, paths.length);
  const contents = new Set<number>();
  for (const { id } of library.store.images.below(bench.photos, '', 10_000)) {
    const image = library.store.images.byId(id);
    assert.ok(image);
    const { dimension } = library.vectors;
    const vector = library.store.vectors.get(library.generation.id, image.contentId, dimension);
    assert.ok(vector, `${image.path} was committed without its vector`);
    const hits = await library.vectors.search(vector, 5);
    const own = hits.filter((hit) => hit.id === image.contentId);
    assert.ok(own.length === 1 && (own[0]?.score ?? 0) > 0.999, `${image.path} is not found once`);
    contents.add(image.contentId);
  }
  assert.equal(library.vectors.size, contents.size);
  assert.equal(library.store.vectors.summary(library.generation.id).count, contents.size);
  return paths.length;
}

export async function assertWhole(bench: Workbench, count: number): Promise<void> {
  const library = await bench.open('read');
  try {
    assert.equal(await assertConsistent(library, bench), count);
  } finally {
    await library.close();
  }
}

/** Photos by worker. */
export function shares(report: IndexReport): Record<string, number> {
  return Object.fromEntries(report.workers.map(({ worker, photos }) => [worker, photos]));
}
