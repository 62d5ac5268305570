/**
 * The page in a browser: searching, going back, looking at photos.
 * Source: our own. Deviation: what runs in the page is text here, because the types of a browser would otherwise
 * be known in every file of the server.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Server } from '../../web/index.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../web/small-library.ts';
import { Gate, launch, skipWithoutBrowser, withPage } from './browser.ts';

/** More than the page shows at first. */
const PICTURES = 66;
const FIRST_PAGE = 60;

const UNTIL_MS = 10_000;

describe('the page', { skip: skipWithoutBrowser }, () => {
  const owners: { close(): Promise<void> }[] = [];
  let browser: Browser;
  let small: SmallLibrary;
  let server: Server;

  before(async () => {
    browser = await launch();
    owners.push(browser);
    small = await openSmallLibrary(PICTURES);
    owners.push(small);
    server = await serveSmall(small);
    owners.push(server);
  });

  after(async () => {
    // Also where the preparation failed half way: a browser left open would hold the test open for ever.
    for (const owner of owners.toReversed()) await owner.close();
  });

  const onPage = (
    work: (page: Page) => Promise<void>,
    options: Parameters<typeof withPage>[3] = {},
  ): Promise<void> => withPage(browser, server.url, work, options);

  test('finds photos while one types, and keeps the words in the address', async () => {
    await onPage(async (page) => {
      await page.goto('/');
      await page.getByText(`${PICTURES} photos, searched on this machine`).waitFor();
      await page.locator('body').click({ position: { x: 5, y: 400 } });
      await page.keyboard.press('/');
      assert.equal(await focusedId(page), 'query');
      await page.keyboard.type('red mountains');
      await page.locator('.hit').first().waitFor();
      assert.equal(await page.locator('.hit').count(), FIRST_PAGE);
      assert.equal(pathOf(page), '/?q=red+mountains');
      assert.equal(await page.title(), 'red mountains · Imglish');
      assert.match(await textOf(page, '#summary'), /^The best 60 of 66 photos · [\d,]+ ms$/);
      await page.keyboard.press('Enter');
      await page.locator('#query').fill('a green sunset');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/?q=a+green+sunset');
      await page.goBack();
      assert.equal(await page.locator('#query').inputValue(), 'red mountains');
      await page.goBack();
      await page.locator('#start').waitFor();
      assert.equal(pathOf(page), '/');
      await page.goForward();
      await page.locator('.hit').first().waitFor();
      await page.reload();
      await page.locator('.hit').first().waitFor();
      assert.equal(await page.locator('#query').inputValue(), 'red mountains');
    });
  });

  test('starts from an example', async () => {
    await onPage(async (page) => {
      await page.goto('/');
      await page.getByRole('link', { name: 'a red car' }).click();
      await page.locator('.hit').first().waitFor();
      assert.equal(pathOf(page), '/?q=a+red+car');
      await page.getByRole('link', { name: 'Imglish, start page' }).click();
      await page.locator('#start').waitFor();
      assert.equal(await page.locator('#query').inputValue(), '');
    });
  });

  test('lets go of an older search when a newer one begins, and shows the newer', async () => {
    await onPage(async (page) => {
      const gate = new Gate();
      await page.route('**/v1/search?q=old*', async (route) => {
        await gate.opened;
        await route.continue().catch(() => undefined);
      });
      await page.goto('/?q=old');
      const failed = page.waitForEvent('requestfailed', (request) => request.url().includes('q=old'));
      await page.locator('#query').fill('new');
      assert.equal((await failed).failure()?.errorText, 'net::ERR_ABORTED');
      await page.locator('.hit').first().waitFor();
      gate.open();
      assert.equal(pathOf(page), '/?q=new');
      assert.equal(await page.locator('#hits').getAttribute('data-query'), 'new');
    });
  });

  test('adds more photos below, and says when these are all', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=hill');
      const first = await page.locator('.hit a').first().getAttribute('data-id');
      await page.getByRole('button', { name: 'More photos' }).click();
      await page
        .locator('.hit')
        .nth(PICTURES - 1)
        .waitFor({ state: 'attached' });
      assert.equal(await page.locator('.hit').count(), PICTURES);
      assert.equal(await page.locator('.hit a').first().getAttribute('data-id'), first);
      assert.equal(await page.locator('#more').isVisible(), false);
      assert.match(await textOf(page, '#summary'), /^66 photos, best first/);
    });
  });

  test('gives every photo its place before any has loaded, in rows of equal height that fill the width', async () => {
    await onPage(async (page) => {
      const gate = new Gate();
      await page.route('**/thumbnail*', async (route) => {
        await gate.opened;
        await route.continue();
      });
      await page.goto('/?q=hill', { waitUntil: 'domcontentloaded' });
      await page
        .locator('.hit')
        .nth(FIRST_PAGE - 1)
        .waitFor({ state: 'attached' });
      const early = await boxesOf(page);
      gate.open();
      await until(
        page,
        "[...document.querySelectorAll('.hit img')].slice(0, 8).every((image) => image.complete && image.naturalWidth > 0)",
      );
      assert.deepEqual(await boxesOf(page), early);
      const rows = new Map<number, Box[]>();
      for (const box of early) rows.set(box.y, [...(rows.get(box.y) ?? []), box]);
      const full = [...rows.values()].slice(0, -1);
      assert.ok(full.length > 5, `${full.length} rows`);
      const right = Math.max(...early.map(({ x, width }) => x + width));
      for (const row of full) {
        const heights = row.map(({ height }) => height);
        assert.ok(Math.max(...heights) - Math.min(...heights) <= 1, `heights ${heights.join(', ')}`);
        const last = row.at(-1);
        assert.ok(last !== undefined && Math.abs(last.x + last.width - right) <= 1);
      }
    });
  });

  test('shows scores on hover and focus, and all of them when asked, also after a reload', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=hill');
      const caption = page.locator('.hit .caption').first();
      const opacity = (index = 0): Promise<unknown> =>
        page.evaluate(`getComputedStyle(document.querySelectorAll('.hit .caption')[${index}]).opacity`);
      assert.match(await caption.locator('.score').innerText(), /-?0\.\d{3}$/);
      await page.mouse.move(2, 400);
      assert.equal(await opacity(), '0');
      await page.locator('.hit a').first().hover();
      assert.equal(await opacity(), '1');
      await page.mouse.move(2, 400);
      await page.locator('#scores').focus();
      await page.keyboard.press('Tab');
      assert.equal(await opacity(), '1');
      await page.getByRole('button', { name: 'Scores' }).click();
      await page.mouse.move(2, 400);
      assert.equal(await page.locator('#scores').getAttribute('aria-pressed'), 'true');
      assert.equal(await opacity(3), '1');
      await page.reload();
      await page.locator('.hit').first().waitFor();
      assert.equal(await opacity(), '1');
    });
  });

  test('opens a photo, steps with the keys, and closes it where it was opened', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=hill');
      await page.locator('.hit').first().waitFor();
      const ids = await page
        .locator('.hit a')
        .evaluateAll((links) => links.map((link) => link.getAttribute('data-id')));
      await page.locator('.hit a').nth(1).click();
      const viewer = page.getByRole('dialog');
      await viewer.waitFor();
      assert.equal(pathOf(page), `/?q=hill&photo=${ids[1]}`);
      const record = small.library.store.images.byId(Number(ids[1]));
      assert.equal(await viewer.getByRole('heading').innerText(), record?.path.split('/').at(-1));
      assert.match(
        await textOf(page, '#viewer-facts'),
        /My photos.* · [\d,]+ × [\d,]+ · [\d.]+ [kM]?B · score -?0\.\d{3} · 2 of 60/,
      );
      await until(page, "document.querySelector('#viewer-image').naturalWidth > 0");
      await page.keyboard.press('ArrowRight');
      assert.equal(pathOf(page), `/?q=hill&photo=${ids[2]}`);
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowLeft');
      assert.equal(pathOf(page), `/?q=hill&photo=${ids[0]}`);
      assert.equal(await page.locator('#viewer-previous').isVisible(), false);
      await page.keyboard.press('ArrowLeft');
      assert.equal(pathOf(page), `/?q=hill&photo=${ids[0]}`);
      await page.keyboard.press('End');
      assert.equal(pathOf(page), `/?q=hill&photo=${ids.at(-1)}`);
      await page.keyboard.press('Escape');
      await page.waitForURL('**/?q=hill');
      assert.equal(await viewer.isVisible(), false);
      await until(page, `document.activeElement.dataset.id === '${ids.at(-1)}'`);
      await page.locator('.hit a').first().click();
      await viewer.waitFor();
      await page.goBack();
      await viewer.waitFor({ state: 'hidden' });
      assert.equal(pathOf(page), '/?q=hill');
    });
  });

  test('opens a photo from a link, in its list or alone', async () => {
    const record = small.library.store.images.byId(1);
    await onPage(async (page) => {
      await page.goto('/?q=hill&photo=1');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL('**/?q=hill');
      await page.goto('/?photo=1');
      assert.equal(
        await page.getByRole('dialog').getByRole('heading').innerText(),
        record?.path.split('/').at(-1),
      );
      const original = await page.locator('#viewer-original').getAttribute('href');
      assert.equal(original, '/v1/images/1/original');
    });
    await onPage(
      async (page) => {
        await page.goto('/?photo=987654');
        await page.waitForURL((url) => url.search === '');
        assert.equal(await page.getByRole('dialog').isVisible(), false);
      },
      { mayFail: '/v1/images/987654' },
    );
  });

  test('moves from photo to photo with the arrows, and opens one with Enter', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=hill');
      const links = page.locator('.hit a');
      await links.first().focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowLeft');
      assert.equal(
        await page.evaluate('document.activeElement.dataset.id'),
        await links.nth(1).getAttribute('data-id'),
      );
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
    });
  });

  test('says in words that a query is wrong or that the server is gone, and recovers', async () => {
    await onPage(
      async (page) => {
        let isCut = true;
        await page.route('**/v1/search*', (route) => (isCut ? route.abort() : route.continue()));
        await page.goto('/?q=hill');
        await page.getByRole('heading', { name: 'The search did not work' }).waitFor();
        await page.getByText('Imglish does not answer. Is it still running in its terminal?').waitFor();
        isCut = false;
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.locator('.hit').first().waitFor();
        assert.equal(await page.locator('#notice').isVisible(), false);
        await page.goto(`/?q=${'a'.repeat(2001)}`);
        await page.getByText('expected at most 2000 characters').waitFor();
      },
      { mayFail: '/v1/search' },
    );
  });
});

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Of every photo in the list, in whole pixels. */
function boxesOf(page: Page): Promise<Box[]> {
  return page.locator('.hit').evaluateAll((items) =>
    items.map((item) => {
      const { x, y, width, height } = item.getBoundingClientRect();
      return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
    }),
  );
}

function focusedId(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement.id');
}

function pathOf(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).innerText()).trim();
}

/** Asks again and again until the expression is true; the page's own policy forbids doing so inside of it. */
async function until(page: Page, expression: string): Promise<void> {
  const end = Date.now() + UNTIL_MS;
  while ((await page.evaluate(expression)) !== true) {
    assert.ok(Date.now() < end, `not within ${UNTIL_MS} ms: ${expression}`);
    await page.waitForTimeout(20);
  }
}
