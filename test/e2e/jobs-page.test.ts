/**
 * The jobs page and the library page in a browser: a folder is indexed, watched, held, and looked at.
 * Source: issue 5, "Jobs page", "Library page"; WCAG 2.2 as axe-core checks it. Deviation: none.
 */
import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { createJobHandler, type JobHandler } from '../../indexer/index.ts';
import type { IndexingStatus, Server } from '../../web/index.ts';
import { idle } from '../web/small-library.ts';
import { photoBytes } from '../support/photo-folder.ts';
import { writeVersions } from '../web/versions.ts';
import { checkAccess, readAxe } from './access.ts';
import { Gate, launch, skipWithoutBrowser, withPage } from './browser.ts';
import { openDemoLibrary, type DemoLibrary } from './demo-library.ts';

/** What `writeVersions` writes. */
const PHOTOS = 14;
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } as const;

describe('the jobs page and the library page', { skip: skipWithoutBrowser }, () => {
  const owners: { close(): Promise<void> }[] = [];
  let browser: Browser;
  let demo: DemoLibrary;
  let server: Server;
  let axeSource: string;
  let status: IndexingStatus = idle;

  before(async () => {
    browser = await launch();
    owners.push(browser);
    demo = await openDemoLibrary(0);
    owners.push(demo);
    await writeVersions(path.join(demo.small.photos, 'Trips'));
    for (const name of ['torn.jpg', 'empty.jpg']) {
      await writeFile(path.join(demo.small.photos, 'Trips', name), 'no photo');
    }
    server = await demo.serve({ status: () => status });
    owners.push(server);
    axeSource = await readAxe();
  });

  after(async () => {
    // Also where the preparation failed half way: a browser left open would hold the test open for ever.
    for (const owner of owners.toReversed()) await owner.close();
  });

  test('starts a job on a picked folder, holds it, watches it to its end, and says what was left out', async () => {
    const { library, embedder } = demo.small;
    const gate = new Gate();
    const handler = createJobHandler({
      library,
      embedder,
      openEmbedder: () => Promise.reject(new Error('no job of this test names a model')),
    });
    await withPage(browser, server.url, async (page) => {
      await page.goto('/jobs');
      await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
      const start = page.getByRole('button', { name: 'Start' });
      assert.equal(await start.isDisabled(), true);

      const line = page.getByRole('textbox', { name: 'Folders' });
      await line.fill('Pictures/2021');
      await line.press('Enter');
      await page.getByText('Write the whole path').waitFor();
      await line.fill('');
      await page.getByRole('button', { name: 'Browse' }).click();
      await page.getByRole('button', { name: 'My photos', exact: true }).click();
      await page.getByRole('button', { name: 'Trips', exact: true }).click();
      // All that are named like photos.
      await page.getByText('10 photos right here').waitFor();
      await page.getByRole('button', { name: 'Choose this folder' }).click();
      await page.getByRole('button', { name: /^Leave out .*Trips$/ }).waitFor();
      await checkAccess(page, axeSource);
      await start.click();

      const job = page.getByRole('listitem', { name: 'Index photos in Trips' });
      await job.getByText('Waiting').waitFor();
      await page.getByText('Nobody does the jobs of this library now').waitFor();
      await job.getByRole('button', { name: 'Pause' }).click();
      await job.getByText('Paused').waitFor();
      await job.getByRole('button', { name: 'Go on' }).click();
      await job.getByText('Waiting').waitFor();

      const worker = await demo.queue.work(slowly(gate, handler));
      await job.getByText('Looking for photos').waitFor();
      await page.getByText('Nobody does the jobs').waitFor({ state: 'detached' });
      await job.getByRole('button', { name: 'Pause' }).click();
      await job.getByText('Paused').waitFor();
      gate.open();
      await job.getByRole('button', { name: 'Go on' }).click();
      await job.getByText('Done').waitFor();
      await page.getByRole('status').getByText('Index photos in Trips: done').waitFor();
      assert.match(await job.innerText(), new RegExp(`${PHOTOS} new`));
      assert.equal(await job.getByRole('button', { name: 'Pause' }).count(), 0);

      await job.getByRole('button', { name: '2 were left out' }).click();
      const skips = page.getByRole('list', { name: 'Left out: Index photos in Trips' });
      await skips.getByText('torn.jpg', { exact: true }).waitFor();
      assert.match(await skips.innerText(), /Not a readable picture.*expected JPEG/s);
      await checkAccess(page, axeSource);

      await writeFile(path.join(demo.small.photos, 'Trips', 'torn.jpg'), await photoBytes(1));
      await job.getByRole('button', { name: 'Look again' }).click();
      const second = job.first();
      await second.getByText(`1 new · ${PHOTOS} as before`).waitFor();
      await second.getByRole('button', { name: '1 was left out' }).waitFor();

      // One that somebody else asked for, as at a terminal.
      await demo.queue.add('verify', {});
      const check = page.getByRole('listitem', { name: 'Verify the library' });
      await check.getByText('Done').waitFor();
      assert.match(await check.innerText(), /Everything is whole/);
      await worker.close();
    });
  });

  test('cancels a job that waits and tries it again', async () => {
    await withPage(browser, server.url, async (page) => {
      await page.goto('/jobs');
      await page.getByLabel('Make the library smaller').check();
      await page.getByRole('button', { name: 'Start' }).click();
      const job = page.getByRole('listitem', { name: 'Give back the room' });
      await job.getByRole('button', { name: 'Cancel' }).click();
      await job.getByText('Cancelled').waitFor();
      await page.reload();
      await job.getByRole('button', { name: 'Try again' }).click();
      await job.getByText('Waiting').waitFor();
      await job.getByRole('button', { name: 'Cancel' }).click();
      await job.getByText('Cancelled').waitFor();
    });
  });

  test('shows what the library holds, what was left out, a folder that went away, and photos as they come in', async () => {
    const folder = path.join(demo.small.photos, 'Trips');
    await withPage(browser, server.url, async (page) => {
      await page.goto('/library');
      const numbers = page.locator('.numbers');
      await numbers.waitFor();
      assert.match(
        await numbers.innerText(),
        new RegExp(`Photos\\s+${PHOTOS + 1}\\s+Texts\\s+0\\s+Left out\\s+1\\s`),
      );
      const row = page.locator('.rows li', { hasText: 'Trips' });
      assert.match(await row.innerText(), new RegExp(`${PHOTOS + 1} photos`));
      await page.getByText('JPEG', { exact: true }).waitFor();
      await page.getByRole('row', { name: /nano in use/ }).waitFor();
      await page
        .getByRole('list', { name: 'Files that were left out' })
        .getByText('empty.jpg', { exact: true })
        .waitFor();
      await checkAccess(page, axeSource);

      await rename(folder, `${folder} away`);
      await page.reload();
      await row.getByText('not there now').waitFor();
      await rename(`${folder} away`, folder);

      const progress = { found: 12, done: 3, added: 3, skipped: 1, photosPerSecond: 34.6, etaSeconds: 200 };
      status = { ...idle, state: 'indexing', progress: { phase: 'embedding', ...progress } };
      await page.reload();
      await page.getByText('3 of 12 photos · 35 a second · about 3 minutes left · 1 left out').waitFor();
      assert.equal(await page.getByRole('progressbar').getAttribute('value'), '3');
      status = { ...idle, state: 'failed', message: 'the disk is full; make room' };
      // It asks by itself.
      await page.getByRole('alert').getByText('the disk is full; make room').waitFor();
      status = idle;

      await page.reload();
      await page.getByRole('button', { name: 'Look for changes' }).click();
      await page.waitForURL('**/jobs');
      await page
        .getByRole('listitem', { name: 'Look again at the indexed folders' })
        .getByText('Waiting')
        .waitFor();
    });
  });

  test('fit a phone in the dark', async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        for (const address of ['/jobs', '/library']) {
          await page.goto(address);
          await page.locator('.job, .numbers').first().waitFor();
          const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          assert.ok(Number(beyond) <= 0, `${address} is ${String(beyond)} pixels too wide`);
          await checkAccess(page, axeSource);
        }
      },
      { ...phone, colorScheme: 'dark' },
    );
  });
});

/** Begins only when the gate is open, as where a drive wakes up first. */
function slowly(gate: Gate, handler: JobHandler): JobHandler {
  return async (job, context) => {
    context.progress({
      phase: 'scanning',
      done: 3,
      total: null,
      skipped: 0,
      itemsPerSecond: 0,
      etaSeconds: null,
    });
    const held = new Promise<void>((resolve) => {
      context.signal.addEventListener('abort', () => resolve());
    });
    await Promise.race([gate.opened, held]);
    return handler(job, context);
  };
}
