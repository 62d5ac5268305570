/**
 * The lines with curl in the README, run as they stand there against a real server; their answers are held against the
 * OpenAPI document.
 * Source: README.md, "HTTP API". Deviation: the port, and curl's own flags for silence, time and failure.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { createJobHandler } from '../../indexer/index.ts';
import { EmbeddedJobQueue } from '../../indexer/jobs/embedded/job-queue.ts';
import { LookupEngine } from '../../query/index.ts';
import type { Server } from '../../web/index.ts';
import { projectRoot } from '../support/paths.ts';
import { checkAnswer } from '../web/contract.ts';
import { jobOptions } from '../web/jobs/job-options.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../web/small-library.ts';

const run = promisify(execFile);
/** What curl adds to an answer. */
const STATUS_LINE = String.raw`\n%{http_code} %{content_type}`;

/** The page has an example of each. */
const shown = [
  'search',
  'search/stream',
  'lookup',
  'jobs',
  'library',
  'models',
  'embeddings',
  'rerank',
  'classify',
].map((name) => `/v1/${name}`);

const MISSING = 'needs curl: apt-get install curl';

let small: SmallLibrary;
let queue: EmbeddedJobQueue;
let server: Server;

before(async () => {
  small = await openSmallLibrary(4);
  const { library, embedder, engine, photos } = small;
  await copyFile(path.join(photos, 'picture 3.jpg'), path.join(photos, 'photo.jpg'));
  queue = EmbeddedJobQueue.open({ dataFolder: library.dataFolder });
  await queue.work(createJobHandler({ library, embedder, openEmbedder }));
  const lookup = new LookupEngine({
    library,
    embedderOf: (identity) => engine.embedderOf(identity),
    scorer: engine.scorer,
    limits: { pixelsMax: 50_000_000 },
  });
  server = await serveSmall(small, { lookup, jobs: jobOptions(queue, []) });
});

after(async () => {
  await server.close();
  await queue.close();
  await small.close();
});

/** In the order of the page: one may need what another did. */
async function examples(): Promise<string[]> {
  const text = await readFile(path.join(projectRoot, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'));
  return blocks.filter((line) => line.startsWith('curl '));
}

function openEmbedder(): Promise<never> {
  return Promise.reject(new Error('no other model'));
}

function hasCurl(context: TestContext): boolean {
  try {
    execFileSync('curl', ['--version']);
    return true;
  } catch {
    assert.notEqual(process.env['CI'], 'true', MISSING);
    context.skip(MISSING);
    return false;
  }
}

it('do what the page says of them', { timeout: 120_000 }, async (context) => {
  if (!hasCurl(context)) return;
  const lines = await examples();
  const called = new Set<string>();
  for (const line of lines) {
    const here = line
      .replace(/^curl /, `curl --silent --show-error --fail --max-time 60 --write-out '${STATUS_LINE}' `)
      .replaceAll('http://127.0.0.1:3210', server.url);
    assert.notEqual(here, line);
    const { stdout } = await run('sh', ['-c', here], { cwd: small.photos });
    const [, body = '', status, contentType] = /^([^]*)\n(\d+) (.*)$/.exec(stdout) ?? [];
    if (line.startsWith('curl -N')) assert.ok(/^event: done$|"state":"done"/m.test(body), line);
    else assert.equal(typeof JSON.parse(body), 'object', line);
    const address = /http:\/\/[^/]+(\/[^' ]*)/.exec(line)?.[1] ?? '';
    const method = / -(?:d|F|-data-binary) /.test(line) ? 'POST' : 'GET';
    checkAnswer({ method, path: address, status: Number(status), contentType, body: Buffer.from(body) });
    called.add(address.split('?')[0] ?? '');
  }
  for (const name of shown) assert.ok(called.has(name), `no example of ${name}`);
});
