/**
 * How the page looks and reads: dark and light, phones, screen readers, and the states without photos.
 * Source: WCAG 2.2 as axe-core checks it. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import type { IndexingStatus, Server } from '../../web/index.ts';
import { index, openSmallLibrary, serveSmall, type SmallLibrary } from '../web/small-library.ts';
import { checkAccess, readAxe } from './access.ts';
import { launch, skipWithoutBrowser, withPage } from './browser.ts';

const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } as const;

describe('the look of the page', { skip: skipWithoutBrowser }, () => {
  const owners: { close(): Promise<void> }[] = [];
  let browser: Browser;
  let small: SmallLibrary;
  let server: Server;
  let axeSource: string;

  before(async () => {
    browser = await launch();
    owners.push(browser);
    small = await openSmallLibrary(12);
    owners.push(small);
    server = await serveSmall(small);
    owners.push(server);
    axeSource = await readAxe();
  });

  after(async () => {
    // Also where the preparation failed half way: a browser left open would hold the test open for ever.
    for (const owner of owners.toReversed()) await owner.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`is ${colorScheme} where the system is`, async () => {
      await withPage(
        browser,
        server.url,
        async (page) => {
          await page.goto('/');
          await page.locator('#start').waitFor();
          const { channels } = await sharp(await page.screenshot()).stats();
          const brightness = channels.slice(0, 3).reduce((sum, { mean }) => sum + mean / 3, 0);
          assert.ok(colorScheme === 'dark' ? brightness < 50 : brightness > 220, `brightness ${brightness}`);
        },
        { colorScheme },
      );
    });

    test(`has nothing that axe objects to, in ${colorScheme}`, async () => {
      await withPage(
        browser,
        server.url,
        async (page) => {
          await page.goto('/');
          await page.locator('#start').waitFor();
          await checkAccess(page, axeSource);
          await page.goto('/?q=hill');
          await page.locator('.hit').first().waitFor();
          await page.locator('#scores').click();
          await checkAccess(page, axeSource);
          await page.locator('.hit a').first().click();
          await page.getByRole('dialog').waitFor();
          await checkAccess(page, axeSource);
        },
        { colorScheme },
      );
    });
  }

  test('axe does object to a picture without words', async () => {
    await withPage(browser, server.url, async (page) => {
      await page.goto('/?q=hill');
      await page
        .locator('.hit img')
        .first()
        .evaluate((image) => {
          image.removeAttribute('alt');
        });
      await assert.rejects(checkAccess(page, axeSource), /image-alt/);
    });
  });

  test('fits a phone: nothing reaches beyond the edge, and what is touched is large enough', async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        for (const address of ['/', '/?q=hill', '/?q=hill&photo=1']) {
          await page.goto(address);
          await page.locator('.hit:visible, #start:visible').first().waitFor();
          const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          assert.ok(Number(beyond) <= 0, `${address} is ${String(beyond)} pixels too wide`);
          const tiny = await page
            .locator('button:visible, .chips a:visible')
            .evaluateAll((nodes) =>
              nodes
                .map((node) => node.getBoundingClientRect())
                .filter(({ width, height }) => Math.min(width, height) < 24),
            );
          assert.deepEqual(tiny, []);
        }
      },
      phone,
    );
  });

  test('says how to begin where the library is empty, and finds the first photos by itself', async () => {
    const empty = await openSmallLibrary(0);
    let status: IndexingStatus = { state: 'idle', progress: null, report: null, message: null };
    const server2 = await serveSmall(empty, { status: () => status });
    try {
      await withPage(browser, server2.url, async (page) => {
        await page.goto('/?q=hill');
        await page.getByRole('heading', { name: 'No photos yet' }).waitFor();
        await page.getByText('npm start -- /path/to/photos').waitFor();
        await checkAccess(page, axeSource);
        const progress = { found: 12, done: 3, added: 3, skipped: 1, photosPerSecond: 34.6, etaSeconds: 200 };
        status = {
          state: 'indexing',
          progress: { phase: 'embedding', ...progress },
          report: null,
          message: null,
        };
        await page.reload();
        await page.getByRole('heading', { name: 'Your photos are being read' }).waitFor();
        await page
          .getByText('Indexing 3 of 12 photos · 35 per second · about 3 minutes left · 1 skipped')
          .waitFor();
        assert.equal(await page.getByRole('progressbar').getAttribute('value'), '0.25');
        await checkAccess(page, axeSource);
        await index(empty.library, empty.embedder, small.photos);
        await page.locator('.hit').first().waitFor();
        assert.match(await page.locator('#summary').innerText(), /^12 photos, best first so far/);
        status = { state: 'failed', progress: null, report: null, message: 'the disk is full; make room' };
        await page.getByText('Indexing stopped: the disk is full; make room').waitFor();
        status = { state: 'idle', progress: null, report: null, message: null };
        await page.reload();
        await page.locator('.hit').first().waitFor();
        assert.equal(await page.locator('#indexing').isVisible(), false);
      });
    } finally {
      await server2.close();
      await empty.close();
    }
  });
});
