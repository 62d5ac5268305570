/**
 * The lookup page in a browser: a photo gives words.
 * Source: issue 5, "Lookup page"; WCAG 2.2 as axe-core checks it. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Server } from '../../web/index.ts';
import type { LookupDocument } from '../../web/schema/index.ts';
import { checkAccess, readAxe } from './access.ts';
import { launch, skipWithoutBrowser, withPage } from './browser.ts';
import { openDemoLibrary, type DemoLibrary } from './demo-library.ts';

const PICTURES = 10;
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } as const;

interface Caption {
  readonly file: string;
  readonly captions: readonly string[];
}

describe('the lookup page', { skip: skipWithoutBrowser }, () => {
  const owners: { close(): Promise<void> }[] = [];
  let browser: Browser;
  let demo: DemoLibrary;
  let server: Server;
  let axeSource: string;
  let album: string;
  let captions: readonly Caption[];

  before(async () => {
    browser = await launch();
    owners.push(browser);
    demo = await openDemoLibrary(PICTURES);
    owners.push(demo);
    server = await demo.serve();
    owners.push(server);
    axeSource = await readAxe();
    album = path.join(demo.small.photos, 'album');
    const lines = (await readFile(path.join(album, 'captions.jsonl'), 'utf8')).trim().split('\n');
    captions = lines.map((line) => JSON.parse(line) as Caption);
  });

  after(async () => {
    // Also where the preparation failed half way: a browser left open would hold the test open for ever.
    for (const owner of owners.toReversed()) await owner.close();
  });

  test('finds the captions of a dropped photo, keeps it over a reload, and gives the answer away', async () => {
    const [first] = captions;
    assert.ok(first !== undefined);
    await withPage(
      browser,
      server.url,
      async (page) => {
        await page.goto('/lookup');
        await page.getByRole('heading', { name: 'Or take one of your library' }).waitFor();
        await checkAccess(page, axeSource);
        await drop(page, path.join(album, first.file));
        await page.waitForURL(/\/lookup\?photo=[0-9a-z]+$/);
        const fits = page.getByRole('list', { name: 'Texts that fit' });
        await fits.waitFor();
        const best = (await fits.getByRole('listitem').locator('.hit-text').allInnerTexts()).slice(0, 3);
        assert.ok(
          best.some((text) => first.captions.includes(text)),
          `${best.join('; ')} for ${first.captions.join('; ')}`,
        );
        assert.match(
          await fits.getByRole('listitem').first().innerText(),
          /(?:\d+|over 99) % probability that it fits/,
        );
        await page.getByRole('img', { name: first.file }).waitFor();
        await checkAccess(page, axeSource);

        await page.getByRole('button', { name: 'Copy JSON' }).click();
        await page.getByText('The answer is in the clipboard').waitFor();
        const copied = JSON.parse(await clipboardOf(page)) as LookupDocument;
        assert.equal(copied.texts[0]?.text, best[0]);
        await page.getByRole('button', { name: 'Copy as curl' }).click();
        await page.getByText('The command is in the clipboard').waitFor();
        assert.match(
          await clipboardOf(page),
          new RegExp(`^curl '${server.url}/v1/lookup'.*image=@"${first.file}"`, 's'),
        );

        await page.reload();
        await fits.waitFor();
        assert.equal(await fits.locator('.hit-text').first().innerText(), best[0]);
        const photo = new URL(page.url()).searchParams.get('photo');
        const like = page.getByRole('link', { name: 'Photos like this' });
        assert.equal(await like.getAttribute('href'), `/?photo=${photo}`);
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    );
  });

  test('compares a photo of the library with the kinds, or with the words, that one chooses', async () => {
    const record = demo.small.library.store.images.byId(1);
    const own = captions.find(({ file }) => file === path.basename(record?.path ?? ''))?.captions[0] ?? '';
    await withPage(browser, server.url, async (page) => {
      await page.goto('/lookup?id=1');
      const fits = page.getByRole('list', { name: 'Texts that fit' });
      await fits.waitFor();
      await page.getByText('said of this photo').first().waitFor();
      await page.getByRole('button', { name: 'Without its own texts' }).click();
      await page.waitForURL('**/lookup?id=1&own=no');
      await page.getByText('said of this photo').first().waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Captions' }).click();
      await page.waitForURL('**/lookup?id=1&kinds=tag%2Cline&own=no');
      await page.getByText('no other text of kind tag or line').waitFor();

      const words = page.getByLabel('Or your own words');
      await words.fill(`${own}\na page of a tax form, typewritten`);
      await page.getByRole('button', { name: 'Which of these fits?' }).click();
      await fits.getByText(own).waitFor();
      assert.equal(await fits.getByRole('listitem').count(), 1);
      const more = page.getByRole('button', { name: 'Show 1 text that hardly fits' });
      await more.click();
      await page.getByRole('list', { name: 'Texts that hardly fit' }).getByText('a tax form').waitFor();
      await checkAccess(page, axeSource);
      await page.reload();
      assert.match(await words.inputValue(), /\na page of a tax form, typewritten$/);

      await words.fill('a page of a tax form, typewritten\na wiring diagram of a radio');
      await words.press('Control+Enter');
      await page.getByRole('heading', { name: 'Nothing here fits this photo' }).waitFor();
      assert.equal(await fits.count(), 0);
      await page.goBack();
      await fits.waitFor();
      await page.getByRole('button', { name: 'Back to the library’s texts' }).click();
      await page.waitForURL('**/lookup?id=1&kinds=tag%2Cline&own=no');
    });
  });

  test('says what is wrong with a file that is no photo, and goes on with another', async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        await page.goto('/lookup');
        await page
          .locator('input[type=file]')
          .first()
          .setInputFiles({ name: 'torn.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no photo') });
        await page.getByRole('alert').getByText('expected JPEG').waitFor();
        await page.getByText('This browser cannot show torn.jpg').waitFor();
        await page
          .locator('input[type=file]')
          .first()
          .setInputFiles(path.join(album, captions[1]?.file ?? ''));
        await page.getByRole('list', { name: 'Texts that fit' }).waitFor();
      },
      { mayFail: '/v1/lookup' },
    );
  });

  test('fits a phone in the dark', async () => {
    await withPage(
      browser,
      server.url,
      async (page) => {
        for (const address of ['/lookup', '/lookup?id=2']) {
          await page.goto(address);
          await page.locator('.lookup-hit, .picks').first().waitFor();
          const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          assert.ok(Number(beyond) <= 0, `${address} is ${String(beyond)} pixels too wide`);
          await checkAccess(page, axeSource);
        }
      },
      { ...phone, colorScheme: 'dark' },
    );
  });
});

/** As a file manager does it. */
async function drop(page: Page, file: string): Promise<void> {
  const bytes = (await readFile(file)).toString('base64');
  const picture = JSON.stringify({ bytes, name: path.basename(file) });
  const transfer = await page.evaluateHandle(`(() => {
    const { bytes, name } = ${picture};
    const data = new DataTransfer();
    const array = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    data.items.add(new File([array], name, { type: 'image/jpeg' }));
    return data;
  })()`);
  await page.dispatchEvent('main', 'dragover', { dataTransfer: transfer });
  await page.getByText('Drop the photo to find words for it').waitFor();
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
}

async function clipboardOf(page: Page): Promise<string> {
  return String(await page.evaluate('navigator.clipboard.readText()'));
}
