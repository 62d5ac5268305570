/**
 * Signing in and out in a browser, and what a reader's key does not show.
 * Source: issue 5, "Limits and safety"; WCAG 2.2 as axe-core checks it. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Server } from '../../web/index.ts';
import { checkAccess, readAxe } from './access.ts';
import { launch, skipWithoutBrowser, withPage } from './browser.ts';
import { openDemoLibrary, type DemoLibrary } from './demo-library.ts';

const READ = 'look-at-0123456789abcdef';
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } as const;
const ADMIN = 'change-0123456789abcdef';

describe('signing in', { skip: skipWithoutBrowser }, () => {
  const owners: { close(): Promise<void> }[] = [];
  let browser: Browser;
  let demo: DemoLibrary;
  let server: Server;
  let axeSource: string;

  before(async () => {
    browser = await launch();
    owners.push(browser);
    demo = await openDemoLibrary(2);
    owners.push(demo);
    server = await demo.serve({
      apiKeys: [
        { scope: 'read', key: READ },
        { scope: 'admin', key: ADMIN },
      ],
    });
    owners.push(server);
    axeSource = await readAxe();
  });

  after(async () => {
    // Also where the preparation failed half way: a browser left open would hold the test open for ever.
    for (const owner of owners.toReversed()) await owner.close();
  });

  test('asks for the key, says that one is wrong, and hides from a reader what only an owner may do', async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        await page.goto('/library');
        await page.getByRole('heading', { name: 'These photos are private' }).waitFor();
        assert.equal(await page.title(), 'Sign in · Imglish');
        await checkAccess(page, axeSource);
        await signIn(page, 'a guess');
        await page.getByRole('alert').getByText('This key is none of this server.').waitFor();
        assert.equal(await page.locator('.numbers').count(), 0);

        await signIn(page, READ);
        await page.locator('.numbers').waitFor();
        assert.equal(await page.getByRole('button', { name: 'Look for changes' }).count(), 0);
        await page.getByRole('link', { name: 'Jobs' }).click();
        await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();
        assert.equal(await page.getByRole('heading', { name: 'Start a job' }).count(), 0);
        await page.reload();
        await page.getByRole('heading', { name: 'No jobs yet' }).waitFor();

        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByRole('heading', { name: 'These photos are private' }).waitFor();
        await page.goto('/jobs');
        await signIn(page, ADMIN);
        await page.getByRole('heading', { name: 'Start a job' }).waitFor();
      },
      { mayFail: '/v1/' },
    );
  });

  test('asks again where the session ended meanwhile, on a phone too', async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        await page.goto('/duplicates');
        await signIn(page, READ);
        await page.getByText('No file is in the library twice.').waitFor();
        const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(beyond) <= 0, `${String(beyond)} pixels too wide`);
        await page.context().clearCookies();
        await page.getByRole('link', { name: 'Library' }).click();
        await page.getByRole('heading', { name: 'These photos are private' }).waitFor();
        await signIn(page, READ);
        await page.locator('.numbers').waitFor();
      },
      { ...phone, mayFail: '/v1/' },
    );
  });
});

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
