/**
 * Asks a server on this machine as often as it is told, in a process of its own so that the server's thread is the server's.
 * Prints one JSON document.
 * Source: autocannon's documentation. Deviation: only loopback addresses.
 */
import autocannon, { type Result } from 'autocannon';
import { summarize } from './measure.ts';

/** The first argument, as JSON. */
export interface Load {
  readonly url: string;
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second, of all connections together; default: each connection asks again when it has its answer. */
  readonly rate?: number;
}

/** milliseconds */
export interface LoadTimes {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoadReport {
  readonly seconds: number;
  /** Status 200. */
  readonly answered: LoadTimes;
  /** Status 429. */
  readonly shed: LoadTimes;
  /** How often any other status came. */
  readonly others: Readonly<Record<string, number>>;
  /** Connections that broke, and requests that nobody answered in time. */
  readonly errors: number;
}

const load = JSON.parse(process.argv[2] ?? '') as Load;
const { hostname } = new URL(load.url);
if (hostname !== '127.0.0.1') throw new Error(`${hostname}: is not this machine, which alone may be loaded`);
process.stdout.write(JSON.stringify(await run(load)));

async function run({ url, paths, connections, seconds, rate }: Load): Promise<LoadReport> {
  const answered: number[] = [];
  const shed: number[] = [];
  const others: Record<string, number> = {};
  let asked = 0;
  const nextPath = (): string => paths[asked++ % paths.length] ?? '/';
  const start = performance.now();
  const { errors } = await new Promise<Result>((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        connections,
        duration: seconds,
        // A list would be built anew by each connection, before the first of them asks.
        requests: [{ setupRequest: (request) => ({ ...request, path: nextPath() }) }],
        ...(rate !== undefined && { overallRate: rate }),
      },
      (error: unknown, result) => (result === undefined ? reject(error) : resolve(result)),
    );
    instance.on('response', (_client, status, _bytes, ms) => {
      if (status === 200) answered.push(ms);
      else if (status === 429) shed.push(ms);
      else others[status] = (others[status] ?? 0) + 1;
    });
  });
  return {
    seconds: (performance.now() - start) / 1000,
    answered: timesOf(answered),
    shed: timesOf(shed),
    others,
    errors,
  };
}

function timesOf(list: readonly number[]): LoadTimes {
  const { median, p99, count } = summarize(list);
  return { count, p50: median, p99, max: list.reduce((most, ms) => Math.max(most, ms), 0) };
}
