/**
 * How the page looks and reads: dark and light, phones, screen readers, and the states without photos.
 * Source: WCAG 2.2 as axe-core checks it. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
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
    test(`is ${colorScheme} where the system is, and has nothing that axe objects to`, async () => {
      await withPage(
        browser,
        server.url,
        async (page) => {
          await page.goto('/');
          await page.locator('.tile').first().waitFor();
          const brightness = await brightnessOf(page);
          assert.ok(colorScheme === 'dark' ? brightness < 90 : brightness > 180, `brightness ${brightness}`);
          await page.getByRole('button', { name: 'Format' }).click();
          await checkAccess(page, axeSource);
          await page.goto('/?q=hill&misses=shown&unlike=3&f=format:jpeg&f=format:png');
          await page.getByRole('heading', { level: 2 }).first().waitFor();
          await page.locator('.tile > a').first().press('x');
          await page.getByText('1 photo chosen').waitFor();
          await checkAccess(page, axeSource);
          await page.keyboard.press('?');
          await page.getByRole('dialog').waitFor();
          await checkAccess(page, axeSource);
          await page.keyboard.press('Escape');
          await page.getByRole('dialog').waitFor({ state: 'hidden' });
          await page.keyboard.press('Escape');
          await page.getByText('1 photo chosen').waitFor({ state: 'hidden' });
          await page.locator('.tile > a').nth(1).press('Enter');
          await page.getByText('Looks like it').waitFor();
          await checkAccess(page, axeSource);
          await page.goto('/?q=an+accountant+in+a+submarine');
          await page.getByRole('heading', { name: /Nothing here matches/ }).waitFor();
          await checkAccess(page, axeSource);
        },
        { colorScheme },
      );
    });
  }

  test('is dark where somebody wants it so, also after a reload', async () => {
    await withPage(browser, server.url, async (page) => {
      await page.goto('/');
      await page.locator('.tile').first().waitFor();
      const change = page.getByRole('button', { name: /^Colours/ });
      await change.click();
      await change.click();
      await page.reload();
      await page.locator('.tile').first().waitFor();
      assert.match((await change.getAttribute('aria-label')) ?? '', /^Colours: dark/);
      assert.ok((await brightnessOf(page)) < 90);
    });
  });

  test('axe does object to a picture without words', async () => {
    await withPage(browser, server.url, async (page) => {
      await page.goto('/');
      await page
        .locator('.tile img')
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
        for (const address of ['/', '/?q=hill&misses=shown', '/?q=hill&misses=shown&view=1']) {
          await page.goto(address);
          await page.locator('.tile').first().waitFor();
          const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          assert.ok(Number(beyond) <= 0, `${address} is ${String(beyond)} pixels too wide`);
          const tiny = await page
            .locator('button:visible, a.chip:visible, nav a:visible')
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
        await page.goto('/');
        await page.getByRole('heading', { name: 'No photos yet' }).waitFor();
        assert.equal(await page.getByRole('link', { name: 'Choose a folder' }).getAttribute('href'), '/jobs');
        await checkAccess(page, axeSource);
        const progress = { found: 12, done: 3, added: 3, skipped: 1, photosPerSecond: 34.6, etaSeconds: 200 };
        const reading = { phase: 'embedding', ...progress } as const;
        status = { state: 'indexing', progress: reading, report: null, message: null };
        await page.getByRole('heading', { name: 'Your photos are being read' }).waitFor();
        await page.getByText('Reading 3 of 12 photos, about 3 minutes left, 1 file skipped').waitFor();
        assert.equal(await page.getByRole('progressbar').getAttribute('value'), '0.25');
        await checkAccess(page, axeSource);
        await index(empty.library, empty.embedder, small.photos);
        await page.locator('.tile').first().waitFor();
        await page.getByText('12 photos, newest first').waitFor();
      });
    } finally {
      await server2.close();
      await empty.close();
    }
  });
});

/** 0 to 255, of all that is seen. */
async function brightnessOf(page: Page): Promise<number> {
  const { channels } = await sharp(await page.screenshot()).stats();
  return channels.slice(0, 3).reduce((sum, { mean }) => sum + mean / 3, 0);
}
