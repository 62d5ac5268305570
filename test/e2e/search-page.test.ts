/**
 * The search in a browser: words, photos, the order that settles, filters, thousands of photos, the lightbox, keys.
 * Source: our own. Deviation: what runs in the page is text here, because the types of a browser would otherwise
 * be known in every file of the server.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { SearchEngine, SearchHit } from '../../query/index.ts';
import type { Server } from '../../web/index.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../web/small-library.ts';
import { Gate, launch, skipWithoutBrowser, withPage } from './browser.ts';

/** More than two answers hold, and than a window shows. */
const PICTURES = 130;
/** Of the first answer. */
const FIRST_HITS = 60;
const UNTIL_MS = 6000;
const idsShown =
  "[...document.querySelectorAll('.tile')].sort((a, b) => a.dataset.index - b.dataset.index).map((tile) => Number(tile.dataset.id))";

describe('the search page', { skip: skipWithoutBrowser }, () => {
  const owners: { close(): Promise<void> }[] = [];
  let browser: Browser;
  let small: SmallLibrary;
  let server: Server;
  /** Holds back what comes after the first order. */
  let gate: Gate | undefined;

  before(async () => {
    browser = await launch();
    owners.push(browser);
    small = await openSmallLibrary(PICTURES);
    owners.push(small);
    const { engine } = small;
    const held: SearchEngine['stream'] = async function* held(request, options) {
      for await (const { stage, response } of engine.stream(request, options)) {
        if (stage !== 'first') await gate?.opened;
        // These pictures are too much alike for the small model to order them anew, as it does photographs.
        const isTurned = gate !== undefined && stage === 'done';
        yield { stage, response: isTurned ? { ...response, hits: turned(response.hits) } : response };
      }
    };
    const gated = { search: engine.search.bind(engine), stream: held };
    server = await serveSmall(small, { engine: gated as unknown as SearchEngine });
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

  test('finds photos for words, keeps them in the address, and goes back', async () => {
    await onPage(async (page) => {
      await page.goto('/');
      await page.getByText(`${PICTURES} photos, newest first`).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('yellow hills');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/?q=yellow+hills');
      await page.getByText(`Best of ${PICTURES} photos`).waitFor();
      assert.equal(await page.title(), 'yellow hills · Imglish');
      await page.locator('#query').fill('purple hills');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/?q=purple+hills');
      await page.goBack();
      assert.equal(await page.locator('#query').inputValue(), 'yellow hills');
      await page.reload();
      await page.locator('.tile').first().waitFor();
      assert.equal(await page.locator('#query').inputValue(), 'yellow hills');
      await page.goBack();
      await page.getByRole('heading', { name: 'What do you remember?' }).waitFor();
    });
  });

  test('shows the first order before photos are read again, then settles; held where somebody looks', async () => {
    await onPage(async (page) => {
      for (const isLookedAt of [false, true]) {
        const held = new Gate();
        gate = held;
        await page.goto('/?q=yellow+hills');
        await until(page, `${idsShown}.length > 8`);
        const first = (await idsOf(page)).slice(0, 8);
        if (isLookedAt) await page.locator('.tile > a').first().focus();
        held.open();
        if (isLookedAt) {
          const better = page.getByRole('button', { name: 'Show the better order' });
          await better.waitFor();
          assert.deepEqual((await idsOf(page)).slice(0, 8), first);
          await better.click();
        }
        await until(
          page,
          `JSON.stringify(${idsShown}.slice(0, 8)) === '${JSON.stringify(first.toReversed())}'`,
        );
        gate = undefined;
        await page
          .getByRole('heading', { level: 2, name: /Certain|Likely|Maybe|Unlikely|Below this line/ })
          .first()
          .waitFor();
      }
    });
  });

  test('finds a photo that is dropped, also with words, also after a reload, and lets it go', async () => {
    await onPage(async (page) => {
      await page.goto('/');
      await page.locator('.tile').first().waitFor();
      await page.evaluate(`(async () => {
        const photo = await (await fetch('/v1/images/7/original')).blob();
        const data = new DataTransfer();
        data.items.add(new File([photo], 'mine.jpg', { type: photo.type }));
        document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      })()`);
      await page.waitForURL('**/?photo=*');
      await until(page, `${idsShown}[0] === 7`);
      await page.reload();
      await until(page, `${idsShown}[0] === 7`);
      await page.locator('#query').fill('mountains');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/?q=mountains&photo=*');
      await page.getByRole('button', { name: 'Take away the photo mine.jpg' }).click();
      await page.waitForURL('**/?q=mountains');
    });
  });

  test('goes from a photo to those like it, and away from one that is not meant', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=hill&misses=shown');
      // The last order, so that nothing moves under the pointer.
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      await page.locator('.tile').first().hover();
      const id = (await idsOf(page))[0] ?? 0;
      await page
        .locator('.tile')
        .first()
        .getByRole('button', { name: /^More like/ })
        .click();
      await page.waitForURL(`**/?like=${id}`);
      const alike = await small.engine.search({ image: { id }, limit: 2 });
      const other = alike.hits[1]?.id ?? 0;
      await until(page, `${idsShown}[0] === ${id} && ${idsShown}[1] === ${other}`);
      await page.locator('.tile').nth(1).hover();
      await page
        .locator('.tile')
        .nth(1)
        .getByRole('button', { name: /^Not like/ })
        .click();
      await page.waitForURL(`**/?like=${id}&unlike=${other}`);
      await page.locator('.search-parts .chip').nth(1).waitFor();
      await page.getByRole('button', { name: /^No longer away from/ }).click();
      await page.waitForURL(`**/?like=${id}`);
    });
  });

  test('goes through all photos with few of them in the document, and each in its place before it is there', async () => {
    await onPage(
      async (page) => {
        await page.goto('/?q=hill&misses=shown');
        await page.locator('.tile').first().waitFor();
        const overlaps = await page.evaluate(`(() => {
          const boxes = [...document.querySelectorAll('.tile')].map((tile) => tile.getBoundingClientRect());
          return boxes.filter((a, i) => boxes.some((b, j) => j > i && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
        })()`);
        assert.equal(overlaps, 0);
        const last = page.getByText(`These are all ${PICTURES} photos.`);
        let most = 0;
        const end = page.locator(`[data-index="${PICTURES - 1}"]`);
        for (let step = 0; step < 100 && (await end.count()) === 0; step += 1) {
          await page.mouse.wheel(0, 900);
          await page.waitForTimeout(60);
          most = Math.max(most, await page.locator('.tile').count());
        }
        assert.equal(await end.count(), 1);
        await last.waitFor();
        assert.ok(most > 15 && most < 60, `${most} photos in the document`);
        assert.equal(await page.locator('[data-index="20"]').count(), 0);
      },
      { viewport: { width: 1000, height: 600 } },
    );
  });

  test('opens a photo, steps, shows what is known, and closes it where it was', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=hill&misses=shown');
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      const ids = await idsOf(page);
      await page.locator('[data-index="1"] > a').click();
      await page.waitForURL(`**/?q=hill&misses=shown&view=${ids[1]}`);
      const details = page.getByRole('complementary', { name: 'What is known of this photo' });
      const record = small.library.store.images.byId(ids[1] ?? 0);
      await details.getByRole('heading', { name: record?.path.split('/').at(-1) ?? '' }).waitFor();
      await details.getByText('Looks like it').waitFor();
      const evidence = page.getByRole('button', { name: 'Show which part speaks for the words' });
      await evidence.click();
      await page.getByText('Bright parts speak for “hill”').waitFor();
      await page.locator('.heat-canvas').waitFor();
      await evidence.click();
      await page.keyboard.press('ArrowRight');
      await page.waitForURL(`**view=${ids[2]}`);
      await details.getByText(`3 of ${FIRST_HITS}`).waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL('**/?q=hill&misses=shown');
      await until(page, `document.activeElement?.closest('.tile')?.dataset.id === '${ids[2]}'`);
      // More come before one would stand at the end.
      const { hits } = await small.engine.search({ text: 'hill', limit: FIRST_HITS, rerank: { k: 32 } });
      await page.goto(`/?q=hill&misses=shown&view=${hits[FIRST_HITS - 4]?.id}`);
      await details.getByText(`${FIRST_HITS - 3} of ${PICTURES}`).waitFor();
      const all = small.library.store.images.byIds(Array.from({ length: PICTURES }, (_, index) => index + 1));
      const datedId = all.find(({ takenAt }) => takenAt === '2021-05-14T09:30:00')?.id ?? 0;
      await page.goto(`/?view=${datedId}`);
      await details.getByText('May 14, 2021, 09:30').waitFor();
      assert.equal(
        await details.getByRole('link', { name: 'Download' }).getAttribute('href'),
        `/v1/images/${datedId}/original`,
      );
    });
    await onPage(
      async (page) => {
        // A link to a photo that is gone leads to the list it was in.
        await page.goto('/?view=987654');
        await page.waitForURL((url) => url.search === '');
      },
      { mayFail: '/v1/images/987654' },
    );
  });

  test('needs no mouse: keys lead to the photos, choose them, and explain themselves', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=hill&misses=shown');
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      await page.locator('body').press('/');
      assert.equal(await page.evaluate('document.activeElement.id'), 'query');
      await page.keyboard.press('ArrowDown');
      await until(page, "document.activeElement.parentElement.dataset.index === '0'");
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('x');
      await page.getByText('1 photo chosen').waitFor();
      await page.keyboard.press('End');
      await until(page, `Number(document.activeElement?.closest('.tile')?.dataset.index) > 40`);
      await page.keyboard.press('Home');
      await until(page, "document.activeElement?.closest('.tile')?.dataset.index === '0'");
      await page.locator('[data-index="3"] > a').click({ modifiers: ['Shift'] });
      await page.getByText('3 photos chosen').waitFor();
      const ids = (await idsOf(page)).slice(1, 4);
      const json = await page.getByRole('link', { name: 'JSON' }).getAttribute('href');
      assert.deepEqual(new URL(json ?? '', server.url).searchParams.get('ids')?.split(',').map(Number), ids);
      const exported = await page.request.get(json ?? '');
      assert.equal(((await exported.json()) as { images: unknown[] }).images.length, 3);
      await page.keyboard.press('Escape');
      await page.getByText('photos chosen').waitFor({ state: 'hidden' });
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys and words' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    });
  });

  test('filters by what is counted, and by the line that was typed', async () => {
    await onPage(async (page) => {
      await page.goto('/');
      await page.getByRole('button', { name: 'Format' }).click();
      const png = page.getByRole('button', { name: /^png/i });
      const count = Number((await png.innerText()).replaceAll(/\D/g, ''));
      await png.click();
      await page.waitForURL('**/?f=format:png');
      await page.getByText(`${count} photos, newest first`).waitFor();
      await page.reload();
      await page.getByText(`${count} photos, newest first`).waitFor();
      await page.getByRole('button', { name: 'Remove the filter png' }).click();
      await page.getByText(`${PICTURES} photos, newest first`).waitFor();
      await page.locator('#query').fill('format:png hill');
      await page.keyboard.press('Enter');
      await page.getByText('Best of').waitFor();
      await until(page, `${idsShown}.length > 3`);
      const formats = new Set((await idsOf(page)).map((id) => small.library.store.images.byId(id)?.format));
      assert.deepEqual([...formats], ['png']);
    });
  });

  test('says that nothing matches, and shows the nearest when asked', async () => {
    await onPage(async (page) => {
      await page.goto('/?q=an+accountant+in+a+submarine');
      await page.getByRole('heading', { name: /Nothing here matches/ }).waitFor();
      await page.getByRole('button', { name: 'Show the nearest anyway' }).click();
      await page.getByRole('heading', { name: 'Below this line nothing is to be trusted' }).waitFor();
      assert.ok((await idsOf(page)).length > 5);
    });
  });

  test('says in words that a query is wrong or that the server is gone, and recovers', async () => {
    await onPage(
      async (page) => {
        let isCut = true;
        await page.route('**/v1/search/stream', (route) => (isCut ? route.abort() : route.continue()));
        await page.goto('/?q=hill&misses=shown');
        await page.getByRole('heading', { name: 'Imglish does not answer' }).waitFor();
        isCut = false;
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.locator('.tile').first().waitFor();
        await page.goto(`/?q=${'a'.repeat(2001)}`);
        await page.getByText('expected a line of at most 2000 characters').waitFor();
      },
      { mayFail: '/v1/search/stream' },
    );
  });
});

function idsOf(page: Page): Promise<number[]> {
  return page.evaluate(idsShown);
}

/** The first eight the other way round. */
function turned(hits: readonly SearchHit[]): readonly SearchHit[] {
  return [...hits.slice(0, 8).toReversed(), ...hits.slice(8)];
}

/** Asks again and again until the expression is true; the page's own policy forbids doing so inside of it. */
async function until(page: Page, expression: string): Promise<void> {
  const end = Date.now() + UNTIL_MS;
  while ((await page.evaluate(expression)) !== true) {
    assert.ok(Date.now() < end, `not within ${UNTIL_MS} ms: ${expression}`);
    await page.waitForTimeout(20);
  }
}
