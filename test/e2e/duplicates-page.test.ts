/**
 * The duplicates page in a browser: exact copies and look-alikes, page after page, one at a time.
 * Source: issue 5, "Library page"; WCAG 2.2 as axe-core checks it. Deviation: none.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { findNearDuplicates } from '../../indexer/index.ts';
import type { Server } from '../../web/index.ts';
import { photoBytes } from '../support/photo-folder.ts';
import { index, openSmallLibrary, serveSmall, type SmallLibrary } from '../web/small-library.ts';
import { writeVersions } from '../web/versions.ts';
import { checkAccess, readAxe } from './access.ts';
import { launch, skipWithoutBrowser, withPage } from './browser.ts';

/** More than one page of them. */
const PAIRS = 21;
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } as const;

describe('the duplicates page', { skip: skipWithoutBrowser }, () => {
  const owners: { close(): Promise<void> }[] = [];
  let browser: Browser;
  let small: SmallLibrary;
  let server: Server;
  let axeSource: string;

  before(async () => {
    browser = await launch();
    owners.push(browser);
    small = await openSmallLibrary(0);
    owners.push(small);
    await writeVersions(small.photos);
    await index(small.library, small.embedder, small.photos);
    await findNearDuplicates(small.library);
    const pairs = path.join(small.photos, 'Pairs');
    await mkdir(path.join(pairs, 'again'), { recursive: true });
    for (let number = 0; number < PAIRS; number += 1) {
      const file = path.join(pairs, `pair ${number}.png`);
      await writeFile(file, await photoBytes(number));
      await copyFile(file, path.join(pairs, 'again', `pair ${number}.png`));
    }
    await index(small.library, small.embedder, small.photos);
    server = await serveSmall(small);
    owners.push(server);
    axeSource = await readAxe();
  });

  after(async () => {
    // Also where the preparation failed half way: a browser left open would hold the test open for ever.
    for (const owner of owners.toReversed()) await owner.close();
  });

  test('lists exact copies, the largest groups first, and more on request', async () => {
    await withPage(browser, server.url, async (page) => {
      await page.goto('/duplicates');
      await page.getByRole('heading', { name: '3 times the same file' }).waitFor();
      assert.match(
        await page.getByRole('main').getByRole('status').innerText(),
        new RegExp(`^${2 * PAIRS + 5} photos in ${PAIRS + 2} groups · the copies take \\d`),
      );
      assert.equal(await page.locator('.group').count(), 20);
      const first = page.locator('.group').first();
      assert.equal(await first.locator('.group-photo').count(), 3);
      // Where each of them lies is what tells them apart.
      await first.getByText('My photos/Exports').first().waitFor();
      await checkAccess(page, axeSource);
      await page.getByRole('button', { name: 'More groups' }).click();
      await page
        .locator('.group')
        .nth(PAIRS + 1)
        .waitFor();
      assert.equal(await page.getByRole('button', { name: 'More groups' }).count(), 0);
    });
  });

  test('shows a group of look-alikes one at a time with the keys, and says what is not compared yet', async () => {
    await withPage(browser, server.url, async (page) => {
      await page.goto('/duplicates');
      await page.getByRole('link', { name: 'Look-alikes' }).click();
      await page.waitForURL('**/duplicates?kind=near');
      await page.getByText(`${PAIRS} photos came since and were not compared yet.`).waitFor();
      await page.getByRole('button', { name: 'Look for look-alikes' }).waitFor();
      const group = page.locator('.group', {
        has: page.getByRole('heading', { name: /photos that look alike/ }),
      });
      await group.getByText('and 1 exact copy').waitFor();
      await group.getByText('Largest').waitFor();
      await checkAccess(page, axeSource);

      const photo = group.locator('.group-photo').first();
      const name = await photo.locator('.group-name').innerText();
      await photo.focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.getByText(name).first().waitFor();
      await page.keyboard.press('ArrowRight');
      await dialog.getByText('exact copy · My photos').waitFor();
      await checkAccess(page, axeSource);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      assert.equal(
        await page.evaluate('document.activeElement.dataset.id'),
        await photo.getAttribute('data-id'),
      );
      const [tab] = await Promise.all([
        page.context().waitForEvent('page'),
        photo.click({ modifiers: ['ControlOrMeta'] }),
      ]);
      assert.match(tab.url(), /\/v1\/images\/\d+\/original$/);
    });
  });

  test('fits a phone in the dark', async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        await page.goto('/duplicates');
        await page.locator('.group').first().waitFor();
        const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(beyond) <= 0, `${String(beyond)} pixels too wide`);
        await checkAccess(page, axeSource);
      },
      { ...phone, colorScheme: 'dark' },
    );
  });
});
