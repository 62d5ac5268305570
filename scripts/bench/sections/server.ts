/**
 * The server under load that it can bear: searches and thumbnails a second, and how long its thread is held.
 * Source: autocannon; Node's perf_hooks. Deviation: client and server share the processors.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { LoadReport } from '../load-child.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';
import { loadWith, serveAlbum } from '../served-album.ts';

const CONNECTIONS = [1, 8, 64] as const;
const SECONDS = 10;
const SECONDS_QUICK = 3;
const PHOTOS = 600;
const PHOTOS_QUICK = 60;
const LOOP_RESOLUTION_MS = 1;
const LOOP_GOAL_MS = 50;

export const serverSection: BenchSection = {
  name: 'server',
  title: 'The server: searches and thumbnails over HTTP',
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const seconds = context.quick ? SECONDS_QUICK : SECONDS;
  const album = await serveAlbum(context, context.quick ? PHOTOS_QUICK : PHOTOS);
  try {
    const rows: (string | number)[][] = [];
    for (const [name, paths] of [
      ['search', album.searches],
      ['thumbnail', album.thumbnails],
    ] as const) {
      // The first requests fill caches, and make thumbnails that are not there yet.
      await loadWith({ url: album.url, paths, connections: 4, seconds: 2 });
      for (const connections of CONNECTIONS) {
        context.note(`server: ${name}, ${connections} connections`);
        const { report, blockedMs } = await watched({ url: album.url, paths, connections, seconds });
        rows.push([name, connections, ...cells(report), figure(blockedMs)]);
        keep(result, `${name}, ${connections} connections`, report, blockedMs);
      }
    }
    result.table(
      `${album.photos} photos, built-in model, 20 hits, nothing read again; ms`,
      ['request', 'connections', 'answers/s', 'p50', 'p99', '429/s', 'loop blocked'],
      rows,
    );
    result.remark('The client runs in a process of its own on the same processors.');
  } finally {
    await album.close();
  }
  return result.result();
}

async function watched(
  load: Parameters<typeof loadWith>[0],
): Promise<{ readonly report: LoadReport; readonly blockedMs: number }> {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  const report = await loadWith(load);
  loop.disable();
  return { report, blockedMs: Math.max(0, loop.max / 1e6 - LOOP_RESOLUTION_MS) };
}

function cells({ answered, shed, seconds }: LoadReport): string[] {
  return [
    figure(answered.count / seconds),
    figure(answered.p50),
    figure(answered.p99),
    figure(shed.count / seconds),
  ];
}

function keep(result: ResultBuilder, name: string, report: LoadReport, blockedMs: number): void {
  const { answered, shed, others, errors, seconds } = report;
  result.value(`${name}: answers/s`, answered.count / seconds);
  result.value(`${name}: p50 ms`, answered.p50);
  result.value(`${name}: p99 ms`, answered.p99);
  result.value(`${name}: 429/s`, shed.count / seconds);
  result.value(`${name}: loop blocked ms`, blockedMs);
  if (errors > 0 || Object.keys(others).length > 0)
    result.remark(`${name}: ${errors} errors, other answers ${JSON.stringify(others)}.`);
  if (blockedMs > LOOP_GOAL_MS)
    result.remark(`${name}: the loop was blocked for ${figure(blockedMs, 'ms')}, expected ${LOOP_GOAL_MS}.`);
}
