/**
 * The server under ten times the load it can bear: whoever is answered is answered soon, the others are sent away at once, and
 * memory stays where it was.
 * Source: autocannon. Deviation: client and server share the processors, so the offered rate is reached only in part where
 * the client has no time to ask.
 */
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';
import { loadWith, serveAlbum } from '../served-album.ts';

const SECONDS = 60;
const SECONDS_QUICK = 5;
const PHOTOS = 600;
const PHOTOS_QUICK = 60;
/** What the server can bear is what so many who wait for each answer get out of it. */
const CONNECTIONS = 8;
const TIMES = 10;
/** Many more than are let in and wait. */
const CONNECTIONS_OVERLOAD = 256;
const SAMPLE_MS = 200;
const P99_GOAL = 5;
const MEBIBYTE = 1_048_576;

export const overloadSection: BenchSection = {
  name: 'overload',
  title: `The server under ${TIMES} times the load it can bear`,
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const seconds = context.quick ? SECONDS_QUICK : SECONDS;
  const album = await serveAlbum(context, context.quick ? PHOTOS_QUICK : PHOTOS);
  try {
    const { url, searches: paths } = album;
    await loadWith({ url, paths, connections: CONNECTIONS, seconds: 2 });
    context.note('overload: what it can bear');
    const usual = await loadWith({ url, paths, connections: CONNECTIONS, seconds: Math.min(seconds, 10) });
    const capacity = usual.answered.count / usual.seconds;
    const rate = Math.ceil(capacity * TIMES);
    context.note(`overload: ${rate} requests a second for ${seconds} s`);
    const memory = watchMemory();
    const over = await loadWith({ url, paths, connections: CONNECTIONS_OVERLOAD, seconds, rate });
    const { beforeBytes, mostBytes } = memory.end();
    const after = await loadWith({ url, paths, connections: CONNECTIONS, seconds: 2 });
    result.table(
      `${album.photos} photos, built-in model; ms`,
      ['load', 'asked/s', 'answers/s', 'p50', 'p99', '429/s', '429 p99', 'other'],
      [
        ['what it can bear', usual],
        [`${TIMES} times that, ${seconds} s`, over],
        ['after it', after],
      ].map(([name, report]) => rowOf(name as string, report as typeof over)),
    );
    const ratio = over.answered.p99 / usual.answered.p99;
    result.value('capacity, answers/s', capacity);
    result.value('asked/s', (over.answered.count + over.shed.count) / over.seconds);
    result.value('answers/s under overload', over.answered.count / over.seconds);
    result.value('p99 over usual p99', ratio);
    result.value('429/s', over.shed.count / over.seconds);
    result.value('errors', over.errors);
    result.value('resident before, bytes', beforeBytes);
    result.value('resident at most, bytes', mostBytes);
    result.remark(
      `p99 of the answered is ${figure(ratio)} times the usual one (goal: under ${P99_GOAL}). ` +
        `Resident memory ${figure(beforeBytes / MEBIBYTE, 'MiB')} before, ${figure(mostBytes / MEBIBYTE, 'MiB')} at most. ` +
        `${over.errors} errors, other answers ${JSON.stringify(over.others)}.`,
    );
  } finally {
    await album.close();
  }
  return result.result();
}

function rowOf(name: string, report: Awaited<ReturnType<typeof loadWith>>): (string | number)[] {
  const { answered, shed, others, errors, seconds } = report;
  const other = Object.values(others).reduce((sum, count) => sum + count, errors);
  return [
    name,
    figure((answered.count + shed.count + other) / seconds),
    figure(answered.count / seconds),
    figure(answered.p50),
    figure(answered.p99),
    figure(shed.count / seconds),
    figure(shed.p99),
    other,
  ];
}

/** Of this process, which is the server. */
function watchMemory(): { end(): { readonly beforeBytes: number; readonly mostBytes: number } } {
  const beforeBytes = process.memoryUsage.rss();
  let mostBytes = beforeBytes;
  const timer = setInterval(() => {
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
  }, SAMPLE_MS);
  return {
    end: () => {
      clearInterval(timer);
      return { beforeBytes, mostBytes };
    },
  };
}
