/**
 * What /metrics tells, and that it is true.
 * Source: issue 5, "Ops"; Prometheus' text format. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openJobQueue, type JobQueue } from '../../../indexer/index.ts';
import { LookupEngine } from '../../../query/index.ts';
import type { Server } from '../../../web/index.ts';
import { projectRoot } from '../../support/paths.ts';
import { ask, post } from '../http.ts';
import { jobOptions } from '../jobs/job-options.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';

/** A line of the text format: `name{label="value"} 7` */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

let small: SmallLibrary;
let server: Server;
let queue: JobQueue;

before(async () => {
  small = await openSmallLibrary(3);
  const { library, engine } = small;
  const lookup = new LookupEngine({
    library,
    embedderOf: (identity) => engine.embedderOf(identity),
    scorer: engine.scorer,
  });
  queue = await openJobQueue({ dataFolder: library.dataFolder, redisUrl: null });
  server = await serveSmall(small, {
    lookup,
    jobs: jobOptions(queue, []),
    trafficLimits: { streams: { runningMax: 1, waitingMax: 0, waitMsMax: 0 } },
  });
});

after(async () => {
  await server.close();
  await queue.close();
  await small.close();
});

async function read(): Promise<readonly Sample[]> {
  const answer = await ask(server.url, '/metrics');
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  const lines = answer.body.toString().split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => sampleOf(line));
}

function sampleOf(line: string): Sample {
  const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  assert.notEqual(name, '', line);
  const pairs = Array.from(
    labels.matchAll(/(\w+)="([^"]*)"/g),
    ([, key = '', text = '']) => [key, text] as const,
  );
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}

type Labels = Readonly<Record<string, string>>;

function find(samples: readonly Sample[], name: string, labels: Labels): Sample | undefined {
  return samples.find(
    (one) => one.name === name && Object.entries(labels).every(([key, text]) => one.labels[key] === text),
  );
}

/** The value of the sample with at least these labels; fails where there is none. */
function valueOf(samples: readonly Sample[], name: string, labels: Labels = {}): number {
  const found = find(samples, name, labels);
  assert.ok(found !== undefined, `no ${name} ${JSON.stringify(labels)}`);
  return found.value;
}

/** How much more it is than before; what was not there before was 0. */
function newsOf(earlier: readonly Sample[], later: readonly Sample[], name: string, labels: Labels): number {
  return valueOf(later, name, labels) - (find(earlier, name, labels)?.value ?? 0);
}

describe('/metrics', () => {
  it('counts each stage of searches and lookups, once for each that happened', async () => {
    await post(server.url, '/v1/search', { text: 'a hill', rerank: { k: 2 } });
    const earlier = await read();
    await post(server.url, '/v1/search', { text: 'a green hill', rerank: { k: 2 } });
    await ask(server.url, '/v1/search/stream?q=a+red+hill&rerank=2');
    await ask(server.url, '/v1/search?q=a+blue+hill');
    await post(server.url, '/v1/lookup', { image: { id: 1 }, rerank: false });
    const later = await read();
    const news = (request: string, stage: string): number => {
      assert.ok(valueOf(later, 'imglish_stage_seconds_sum', { request, stage }) > 0);
      return newsOf(earlier, later, 'imglish_stage_seconds_count', { request, stage });
    };
    assert.equal(news('search', 'encode'), 3);
    assert.equal(news('search', 'ann'), 3);
    assert.equal(news('search', 'hydrate'), 3);
    assert.equal(news('search', 'rerank'), 2);
    assert.equal(news('lookup', 'hydrate'), 1);
  });

  it('counts decoded pictures and runs of the network', async () => {
    const picture = await readFile(path.join(small.photos, 'picture 1.png'));
    const earlier = await read();
    const dataUri = `data:image/png;base64,${picture.toString('base64')}`;
    const answer = await post(server.url, '/v1/lookup', { image: { dataUri }, rerank: false });
    assert.equal(answer.status, 200, answer.body.toString());
    const later = await read();
    const news = (name: string, labels: Labels): number => newsOf(earlier, later, name, labels);
    assert.equal(news('imglish_stage_seconds_count', { request: 'picture', stage: 'decode' }), 1);
    assert.equal(news('imglish_network_run_seconds_count', { tower: 'vision' }), 1);
    assert.equal(news('imglish_network_batch_items_sum', { tower: 'vision' }), 1);
  });

  it('names routes by their pattern, never by what somebody asked for', async () => {
    for (const address of ['/v1/images/1', '/v1/images/2', '/v1/images/99999', '/lookup', '/secret-words'])
      await ask(server.url, address);
    await ask(server.url, '/v1/search?q=secret-words');
    const samples = await read();
    const name = 'imglish_http_request_seconds_count';
    assert.equal(valueOf(samples, name, { method: 'GET', route: '/v1/images/:id', status: '200' }), 2);
    assert.equal(valueOf(samples, name, { route: '/v1/images/:id', status: '404' }), 1);
    assert.equal(valueOf(samples, name, { route: 'none', status: '404' }), 1);
    assert.ok(valueOf(samples, name, { route: 'page', status: '200' }) >= 1);
    assert.ok(!JSON.stringify(samples).includes('secret'));
  });

  it('counts what was let in and what was sent away', async () => {
    const admitted = valueOf(await read(), 'imglish_requests_admitted_total', { kind: 'network' });
    await ask(server.url, '/v1/search?q=hill');
    const samples = await read();
    assert.equal(valueOf(samples, 'imglish_requests_admitted_total', { kind: 'network' }), admitted + 1);
    for (const kind of ['network', 'files', 'streams']) {
      assert.equal(valueOf(samples, 'imglish_requests_shed_total', { kind }), 0);
      assert.equal(valueOf(samples, 'imglish_requests_in_flight', { kind }), 0);
      assert.equal(valueOf(samples, 'imglish_requests_waiting', { kind }), 0);
    }
  });

  it('counts jobs by their state', async () => {
    assert.equal(valueOf(await read(), 'imglish_jobs', { state: 'waiting' }), 0);
    await queue.add('verify', {});
    const paused = await queue.add('compact', {});
    await queue.pause(paused.id);
    const samples = await read();
    assert.equal(valueOf(samples, 'imglish_jobs', { state: 'waiting' }), 1);
    assert.equal(valueOf(samples, 'imglish_jobs', { state: 'paused' }), 1);
    assert.equal(valueOf(samples, 'imglish_jobs', { state: 'running' }), 0);
  });

  it('tells what the library holds, and how the process is', async () => {
    const samples = await read();
    assert.equal(valueOf(samples, 'imglish_photos'), 3);
    assert.equal(valueOf(samples, 'imglish_vectors'), 3);
    assert.equal(valueOf(samples, 'imglish_generation'), small.library.generation.id);
    assert.ok(valueOf(samples, 'process_resident_memory_bytes') > 10_000_000);
    assert.ok(valueOf(samples, 'nodejs_eventloop_lag_p99_seconds') >= 0);
  });
});

describe('the Grafana dashboard', () => {
  it('asks for nothing but what /metrics tells', async () => {
    const file = path.join(projectRoot, 'scripts', 'deploy', 'grafana-dashboard.json');
    const dashboard = JSON.parse(await readFile(file, 'utf8')) as {
      readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
    };
    const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    assert.ok(queries.length >= 10, `${queries.length} queries`);
    const told = new Set((await read()).map(({ name }) => name));
    const asked = new Set(queries.flatMap((query) => query.match(/\b(?:imglish|process|nodejs)_\w+/g) ?? []));
    assert.ok(asked.size >= 10, `${asked.size} metrics`);
    assert.deepEqual(
      [...asked].filter((name) => !told.has(name)),
      [],
    );
  });
});
