/**
 * Duplicates in a browser: hits with copies and look-alikes under them, and the list of groups.
 * Source: our own; WCAG 2.2 as axe-core checks it. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { findNearDuplicates } from '../../indexer/index.ts';
import type { Server } from '../../web/index.ts';
import { index, openSmallLibrary, serveSmall, type SmallLibrary } from '../web/small-library.ts';
import { SCENES, writeVersions } from '../web/versions.ts';
import { checkAccess, readAxe } from './access.ts';
import { launch, skipWithoutBrowser, withPage } from './browser.ts';

const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } as const;

/** Contents: the scenes and three versions of the first. */
const CONTENTS = SCENES + 3;
const FILES = CONTENTS + 3;

describe('duplicates on the page', { skip: skipWithoutBrowser }, () => {
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
    server = await serveSmall(small);
    owners.push(server);
    axeSource = await readAxe();
  });

  after(async () => {
    // Also where the preparation failed half way: a browser left open would hold the test open for ever.
    for (const owner of owners.toReversed()) await owner.close();
  });

  const onPage = (
    work: (page: Page) => Promise<void>,
    options: Parameters<typeof withPage>[3] = {},
  ): Promise<void> => withPage(browser, server.url, work, options);

  test('hides look-alikes when asked, keeps the wish in the address, and says how many there are', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=circles');
      await hitsOf(page, CONTENTS);
      assert.match(
        await page.locator('#summary').innerText(),
        new RegExp(`^The best ${CONTENTS} of ${FILES} photos · 3 more under them · `),
      );
      const toggle = page.getByRole('button', { name: 'Hide look-alikes' });
      await toggle.click();
      await hitsOf(page, SCENES);
      assert.equal(pathOf(page), '/?q=circles&alike=hide');
      assert.equal(await toggle.getAttribute('aria-pressed'), 'true');
      await page.reload();
      await hitsOf(page, SCENES);
      assert.equal(await toggle.getAttribute('aria-pressed'), 'true');
      // The wish stays with other words, and goes with the way back.
      await page.locator('#query').fill('a red hill');
      await page.waitForURL('**/?q=a+red+hill&alike=hide');
      await hitsOf(page, SCENES);
      await page.goBack();
      await page.goBack();
      await page.waitForURL('**/?q=circles');
      await hitsOf(page, CONTENTS);
      assert.equal(await toggle.getAttribute('aria-pressed'), 'false');
    });
  });

  test('opens what is under a hit from its badge, and steps through it alone', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=circles&alike=hide');
      const badge = page.locator('.badge', { hasText: '+4' });
      assert.match(
        (await badge.getAttribute('aria-label')) ?? '',
        /^4 more under .+\.jpg: (1 exact copy, 3 look-alikes|4 look-alikes)$/,
      );
      const hit = await badge.getAttribute('data-stack');
      await badge.focus();
      await page.keyboard.press('Enter');
      const viewer = page.getByRole('dialog');
      await viewer.waitFor();
      assert.match(pathOf(page), new RegExp(`^/\\?q=circles&alike=hide&stack=${hit}&photo=\\d+$`));
      assert.match(await facts(page), /(look-alike|exact copy)( · score -?0\.\d+)? · 2 of 5$/);
      await page.keyboard.press('ArrowLeft');
      assert.match(await facts(page), /score -?0\.\d+ · 1 of 5$/);
      assert.equal(pathOf(page), `/?q=circles&alike=hide&stack=${hit}&photo=${hit}`);
      await page.keyboard.press('End');
      assert.match(await facts(page), /look-alike · score -?0\.\d+ · 5 of 5$/);
      assert.equal(await page.locator('#viewer-next').isVisible(), false);
      await page.reload();
      await viewer.waitFor();
      assert.match(await facts(page), / 5 of 5$/);
      await page.keyboard.press('Escape');
      await page.waitForURL('**/?q=circles&alike=hide');
      assert.equal(await page.evaluate('document.activeElement.dataset.stack'), hit);
    });
  });

  test('reaches every badge with the keyboard, and goes from photo to photo past them', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=circles');
      await hitsOf(page, CONTENTS);
      const photos = page.locator('.hit .photo');
      await photos.first().focus();
      for (let step = 1; step < CONTENTS; step += 1) {
        await page.keyboard.press('ArrowRight');
        const focused = await page.evaluate('document.activeElement.dataset.id');
        assert.equal(focused, await photos.nth(step).getAttribute('data-id'));
      }
      const badge = page.locator('.badge').first();
      const own = await badge.locator('xpath=..').locator('.photo').getAttribute('data-id');
      await page.locator(`.photo[data-id="${own}"]`).focus();
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate('document.activeElement.dataset.stack'), own);
      assert.match((await badge.innerText()).trim(), /^\+[12]$/);
    });
  });

  test('lists exact copies and look-alikes, each in its groups', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=circles&alike=hide');
      await page.getByRole('link', { name: 'Duplicates' }).click();
      await page.getByRole('heading', { name: 'Duplicates' }).waitFor();
      assert.equal(pathOf(page), '/?duplicates=exact');
      assert.equal(await page.title(), 'Duplicates · Imglish');
      await page.getByRole('heading', { name: '3 times the same file' }).waitFor();
      assert.equal(await page.locator('.group').count(), 2);
      assert.equal(await page.locator('.group').first().locator('.photo').count(), 3);
      assert.match(
        await page.locator('#duplicates-summary').innerText(),
        /^5 photos in 2 groups · the copies take \d+ kB$/,
      );
      assert.equal(await page.locator('.hit').count(), 0);
      assert.equal(await page.locator('#start').isVisible(), false);
      await page.getByRole('link', { name: 'Look-alikes' }).click();
      await page.getByRole('heading', { name: '5 photos that look alike' }).waitFor();
      assert.equal(pathOf(page), '/?duplicates=near');
      assert.equal(await page.locator('#tab-near').getAttribute('aria-current'), 'page');
      assert.equal(await page.locator('#tab-exact').getAttribute('aria-current'), null);
      assert.equal(await page.getByText('Largest').count(), 1);
      await page.getByText('and 1 exact copy').waitFor();
      await page.goBack();
      await page.getByRole('heading', { name: '3 times the same file' }).waitFor();
      await page.goBack();
      await page.waitForURL('**/?q=circles&alike=hide');
      await hitsOf(page, SCENES);
      assert.equal(await page.locator('#duplicates').isVisible(), false);
      await page.goto('/?duplicates=near');
      await page.locator('#query').fill('circles');
      await hitsOf(page, CONTENTS);
      assert.equal(pathOf(page), '/?q=circles');
    });
  });

  test('opens a photo of a group, steps through the group and its copies, and comes back to it', async () => {
    await onPage(async (page) => {
      await page.goto('/?duplicates=near');
      const photos = page.locator('.group .photo');
      await photos.first().focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      const viewer = page.getByRole('dialog');
      await viewer.waitFor();
      const second = await photos.nth(1).getAttribute('data-id');
      assert.equal(pathOf(page), `/?duplicates=near&photo=${second}`);
      assert.match(await facts(page), /look-alike · [23] of 5$/);
      await page.keyboard.press('Home');
      assert.match(await facts(page), /[kM]?B · 1 of 5$/);
      for (let step = 0; step < 6; step += 1) await page.keyboard.press('ArrowRight');
      assert.match(await facts(page), /look-alike · 5 of 5$/);
      await page.keyboard.press('Escape');
      await page.waitForURL('**/?duplicates=near');
      await viewer.waitFor({ state: 'hidden' });
      assert.equal(
        await page.evaluate('document.activeElement.dataset.id'),
        await photos.last().getAttribute('data-id'),
      );
    });
  });

  test('loads more groups below, and says what is not compared yet', async () => {
    await onPage(async (page) => {
      await page.route('**/v1/duplicates?kind=near*', async (route) => {
        const isFirst = !route.request().url().includes('cursor');
        const response = await route.fetch();
        const document = (await response.json()) as { groups: { id: number }[]; near: object };
        const [group] = document.groups;
        assert.ok(group !== undefined);
        const groups = isFirst ? [group] : [{ ...group, id: group.id + 1000 }];
        const near = { ...document.near, pending: 1200 };
        await route.fulfill({ json: { ...document, groups, near, cursor: isFirst ? '4-1' : null } });
      });
      await page.goto('/?duplicates=near');
      await page.getByText('1,200 photos came since and were not compared yet.').waitFor();
      await page.getByText('imglish duplicates --near').waitFor();
      await page.getByRole('button', { name: 'More groups' }).click();
      await page.locator('.group').nth(1).waitFor();
      assert.equal(await page.locator('#more-groups').isVisible(), false);
    });
  });

  test('says so where there are none, and where nobody has looked', async () => {
    const plain = await openSmallLibrary(3);
    const other = await serveSmall(plain);
    try {
      await withPage(browser, other.url, async (page) => {
        await page.goto('/?duplicates=exact');
        await page.getByText('No file is in the library twice.').waitFor();
        await page.getByRole('link', { name: 'Look-alikes' }).click();
        await page.getByText('Nobody has looked for look-alikes yet.').waitFor();
        await checkAccess(page, axeSource);
      });
    } finally {
      await other.close();
      await plain.close();
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`has nothing that axe objects to, in ${colorScheme}`, async () => {
      await onPage(
        async (page) => {
          await page.goto('/?q=circles&alike=hide');
          await hitsOf(page, SCENES);
          await checkAccess(page, axeSource);
          for (const kind of ['exact', 'near']) {
            await page.goto(`/?duplicates=${kind}`);
            await page.locator('.group .photo').first().waitFor();
            await checkAccess(page, axeSource);
          }
          await page.locator('.group .photo').first().click();
          await page.getByRole('dialog').waitFor();
          await checkAccess(page, axeSource);
        },
        { colorScheme },
      );
    });
  }

  test('fits a phone: nothing reaches beyond the edge, and what is touched is large enough', async () => {
    await onPage(async (page) => {
      for (const address of ['/?q=circles&alike=hide', '/?duplicates=exact', '/?duplicates=near']) {
        await page.goto(address);
        await page.locator('.hit:visible, .group:visible').first().waitFor();
        const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(beyond) <= 0, `${address} is ${String(beyond)} pixels too wide`);
        const tiny = await tooSmall(page.locator('button:visible, .badge:visible, nav a:visible'));
        assert.deepEqual(tiny, []);
      }
    }, phone);
  });
});

async function hitsOf(page: Page, count: number): Promise<void> {
  await page.locator('.hits:not(.waiting) .hit').first().waitFor();
  const end = Date.now() + 10_000;
  while ((await page.locator('.hits:not(.waiting) .hit').count()) !== count) {
    assert.ok(Date.now() < end, `${await page.locator('.hit').count()} hits, expected ${count}`);
    await page.waitForTimeout(20);
  }
}

function facts(page: Page): Promise<string> {
  return page.locator('#viewer-facts').innerText();
}

/** Sides in pixels of what is smaller than a fingertip. */
function tooSmall(nodes: Locator): Promise<number[]> {
  return nodes.evaluateAll((all) =>
    all
      .map((node) => node.getBoundingClientRect())
      .map(({ width, height }) => Math.min(width, height))
      .filter((side) => side < 24),
  );
}

function pathOf(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}
