/**
 * The page of the documentation in a real browser: everything comes from this server, and no policy is broken.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '../../web/index.ts';
import { openSmallLibrary, serveSmall } from '../web/small-library.ts';
import { launch, skipWithoutBrowser, withPage } from './browser.ts';

test(
  'shows every operation, and tries one out',
  { skip: skipWithoutBrowser, timeout: 120_000 },
  async (context) => {
    const small = await openSmallLibrary(1);
    context.after(() => small.close());
    const server = await serveSmall(small);
    context.after(() => server.close());
    const browser = await launch();
    context.after(() => browser.close());
    await withPage(browser, server.url, async (page) => {
      await page.goto('/docs');
      await page.locator('.opblock').first().waitFor();
      assert.equal(await page.locator('.opblock').count(), operations.length);
      const library = page.locator('#operations-library-library');
      await library.locator('.opblock-summary').click();
      await library.locator('.try-out__btn').click();
      await library.locator('.execute').click();
      await library.locator('.live-responses-table').waitFor();
      assert.match(await library.locator('.live-responses-table').innerText(), /200[^]*"images": 1/);
    });
  },
);
