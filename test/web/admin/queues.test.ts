/**
 * The queue as a page: our own, and bull-board where it is on Redis.
 * Source: issue 5, "Ops". Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JobQueue } from '../../../indexer/index.ts';
import type { Server } from '../../../web/index.ts';
import { html } from '../../../web/admin/html.ts';
import { embeddedBench, redisBench } from '../../support/job-benches.ts';
import { askUnchecked as ask, problemOf } from '../http.ts';
import { jobOptions } from '../jobs/job-options.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';

let small: SmallLibrary;

before(async () => {
  small = await openSmallLibrary(1);
});

after(() => small.close());

async function served(queue: JobQueue, work: (server: Server) => Promise<void>): Promise<void> {
  const apiKeys = [
    { scope: 'read', key: 'look-at-0123456789abcdef' },
    { scope: 'admin', key: 'change-0123456789abcdef' },
  ] as const;
  const server = await serveSmall(small, { apiKeys, jobs: jobOptions(queue, []) });
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

const asAdmin = { 'x-api-key': 'change-0123456789abcdef' };
const asReader = { 'x-api-key': 'look-at-0123456789abcdef' };

describe('the page of a queue in a file', () => {
  it('lists jobs with their state, and steers them', async (context) => {
    const queue = await (await embeddedBench(context)).open();
    const job = await queue.add('import-texts', { file: '/photos/<b>&"x".csv', kind: 'caption' });
    await served(queue, async ({ url }) => {
      const get = async (address: string): Promise<string> => {
        const answer = await ask(url, address, { headers: asAdmin });
        assert.equal(answer.status, 200, address);
        return answer.body.toString();
      };
      const list = await get('/admin/queues');
      assert.ok(list.includes(`<a href="/admin/queues/${job.id}">import-texts ${job.id}</a>`));
      assert.ok(list.includes('<li class="waiting">1 waiting</li>'));
      assert.match(list, /Nobody works on this queue/);
      assert.ok(!/<script|<style|\sstyle=|\son\w+=/.test(list));
      const one = await get(`/admin/queues/${job.id}`);
      assert.ok(one.includes('/photos/&lt;b&gt;&amp;\\&quot;x\\&quot;.csv'));
      assert.match(await get('/admin/queues/style.css'), /^:root/);
      const paused = await ask(url, `/admin/queues/${job.id}/pause`, { method: 'POST', headers: asAdmin });
      assert.equal(paused.status, 303);
      assert.equal(paused.headers.location, '/admin/queues');
      assert.equal((await queue.get(job.id))?.state, 'paused');
      assert.ok((await get('/admin/queues')).includes(`action="/admin/queues/${job.id}/resume"`));
      const again = await ask(url, `/admin/queues/${job.id}/pause`, { method: 'POST', headers: asAdmin });
      assert.equal(problemOf(again).code, 'JOB_STATE');
    });
  });

  it('is for whoever may change things, and takes only what it offers', async (context) => {
    const queue = await (await embeddedBench(context)).open();
    const job = await queue.add('verify', {});
    await served(queue, async ({ url }) => {
      for (const [address, method] of [
        ['/admin/queues', 'GET'],
        ['/admin/queues/style.css', 'GET'],
        [`/admin/queues/${job.id}/cancel`, 'POST'],
      ] as const) {
        assert.equal((await ask(url, address, { method })).status, 401);
        assert.equal((await ask(url, address, { method, headers: asReader })).status, 403);
      }
      const foreign = { ...asAdmin, origin: 'http://evil.example' };
      const refused = await ask(url, `/admin/queues/${job.id}/cancel`, { method: 'POST', headers: foreign });
      assert.equal(refused.status, 403);
      for (const action of ['remove', 'constructor', 'close']) {
        const answer = await ask(url, `/admin/queues/${job.id}/${action}`, {
          method: 'POST',
          headers: asAdmin,
        });
        assert.equal(answer.status, 400, action);
      }
      assert.equal((await ask(url, '/admin/queues/none', { headers: asAdmin })).status, 404);
      assert.equal((await queue.get(job.id))?.state, 'waiting');
    });
  });
});

describe('bull-board', () => {
  it('shows a queue on Redis, changes nothing, and asks no other server', async (context) => {
    const bench = await redisBench(context);
    if (bench === null) return;
    const queue = await bench.open();
    const job = await queue.add('verify', {});
    await served(queue, async ({ url }) => {
      const page = await ask(url, '/admin/queues', { headers: asAdmin });
      assert.equal(page.status, 200);
      const text = page.body.toString();
      assert.ok(!/(?:href|src)="https?:/.test(text), text);
      assert.match(text, /<base href="\/admin\/queues\/"/);
      const policy = String(page.headers['content-security-policy']);
      assert.ok(policy.includes("script-src 'self';") && policy.includes("connect-src 'self';"), policy);
      const scripts = Array.from(text.matchAll(/src="(static\/js\/[^"]+)"/g), ([, file]) => file ?? '');
      assert.ok(scripts.length > 0);
      for (const file of scripts)
        assert.equal((await ask(url, `/admin/queues/${file}`, { headers: asAdmin })).status, 200, file);
      const { queues } = (await ask(url, '/admin/queues/api/queues', { headers: asAdmin })).json() as {
        readonly queues: readonly {
          readonly name: string;
          readonly readOnlyMode: boolean;
          readonly counts: { readonly waiting: number };
        }[];
      };
      assert.equal(queues.length, 1);
      assert.equal(queues[0]?.readOnlyMode, true);
      assert.equal(queues[0].counts.waiting, 1);
      const name = encodeURIComponent(queues[0].name);
      const clean = await ask(url, `/admin/queues/api/queues/${name}/${job.id}/clean`, {
        method: 'PUT',
        headers: asAdmin,
      });
      assert.equal(clean.status, 405);
      assert.equal((await queue.get(job.id))?.state, 'waiting');
      assert.equal((await ask(url, '/admin/queues/api/queues', { headers: asReader })).status, 403);
    });
  });
});

describe('html', () => {
  it('takes what is put in for text, unless it was made the same way', () => {
    const name = `<b title='x'>"&`;
    assert.equal(html`<i>${name}</i>`.text, '<i>&lt;b title=&#39;x&#39;&gt;&quot;&amp;</i>');
    const list = html`<ul>
      ${[html`<li>${1}</li>`, html`<li>${null}</li>`]}
    </ul>`.text;
    assert.equal(list.replaceAll(/\s/g, ''), '<ul><li>1</li><li></li></ul>');
  });
});
