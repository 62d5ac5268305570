/**
 * The page in a real browser: how soon photos are seen after Enter, how much script it is, how many elements it takes.
 * Source: playwright-core and the Chromium of this machine. Deviation: browser and server share the processors.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM_SWITCHES, findChromium } from '../chromium.ts';
import { summarize } from '../measure.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';
import { serveAlbum } from '../served-album.ts';

const PHOTOS = 600;
const PHOTOS_QUICK = 60;
const SEARCHES = 40;
const SEARCHES_QUICK = 8;
const PAINTED_GOAL_MS = 150;
const SCRIPT_GOAL_BYTES = 200_000;
/** Wheel turns through the list. */
const TURNS = 400;
const TURNS_QUICK = 30;
const TURN_PIXELS = 1600;
const WINDOW = { width: 1366, height: 768 };

const ASSETS_FOLDER = path.join(import.meta.dirname, '..', '..', '..', 'page', 'assets');

/**
 * Runs in the page: told when Enter is pressed, it waits for the first frame with photos of the new answer (their places),
 * and for the first in which all photos inside the window have been decoded.
 */
const STOPWATCH = `(() => {
  globalThis.stopwatch = () => new Promise((resolve) => {
    const ids = () => [...document.querySelectorAll('.tile')].map((tile) => tile.dataset.id).join();
    const before = ids();
    document.addEventListener('keydown', () => {
      const start = performance.now();
      let places;
      const look = () => {
        const now = performance.now() - start;
        if (places === undefined && document.querySelector('.grid[data-stale="false"]') !== null && ids() !== before) places = now;
        if (places !== undefined) {
          const seen = [...document.querySelectorAll('.tile img')].filter((image) => {
            const { top, bottom } = image.getBoundingClientRect();
            return bottom > 0 && top < innerHeight;
          });
          if (seen.length > 0 && seen.every((image) => image.complete && image.naturalWidth > 0)) {
            // A frame later what was decoded is on the screen.
            requestAnimationFrame(() => resolve({ places, photos: performance.now() - start }));
            return;
          }
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { once: true, capture: true });
  });
})()`;

interface Lap {
  readonly places: number;
  readonly photos: number;
}

export const pageSection: BenchSection = {
  name: 'page',
  title: 'The page in Chromium: Enter to photos, size of its script, elements',
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  await measureScript(result);
  const executablePath = findChromium();
  if (executablePath === undefined) {
    result.remark('No Chromium on this machine: nothing was measured in a browser.');
    return result.result();
  }
  const album = await serveAlbum(context, context.quick ? PHOTOS_QUICK : PHOTOS);
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_SWITCHES] });
  try {
    const page = await browser.newPage({ viewport: WINDOW, baseURL: album.url });
    await measureSearches(page, context, album, result);
    await measureElements(page, context, result);
  } finally {
    await browser.close();
    await album.close();
  }
  return result.result();
}

async function measureScript(result: ResultBuilder): Promise<void> {
  const files = (await readdir(ASSETS_FOLDER)).filter((name) => name.endsWith('.js'));
  const rows: (string | number)[][] = [];
  let gzipped = 0;
  let brotli = 0;
  for (const name of files) {
    const bytes = await readFile(path.join(ASSETS_FOLDER, name));
    const sizes = [gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length] as const;
    gzipped += sizes[0];
    brotli += sizes[1];
    rows.push([name.replace(/-[\w-]{8}\.js$/, ''), bytes.length, ...sizes]);
  }
  rows.sort((one, other) => Number(other[2]) - Number(one[2]));
  result.table('Script of the page; bytes', ['file', 'plain', 'gzip', 'brotli'], rows);
  result.value('script: gzip bytes', gzipped);
  result.value('script: brotli bytes', brotli);
  if (gzipped > SCRIPT_GOAL_BYTES) {
    result.remark(`The script is ${gzipped} bytes in gzip, expected ${SCRIPT_GOAL_BYTES} at most.`);
  }
}

async function measureSearches(
  page: Page,
  context: BenchContext,
  album: Awaited<ReturnType<typeof serveAlbum>>,
  result: ResultBuilder,
): Promise<void> {
  await page.goto('/');
  await page.locator('.tile').first().waitFor();
  await page.evaluate(STOPWATCH);
  const laps: Lap[] = [];
  const count = context.quick ? SEARCHES_QUICK : SEARCHES;
  for (const address of album.searches.slice(0, count + 1)) {
    const words = new URL(address, album.url).searchParams.get('q') ?? '';
    await page.locator('#query').fill(words);
    const lap = page.evaluate<Lap>('globalThis.stopwatch()');
    await page.locator('#query').press('Enter');
    laps.push(await lap);
    // Until the photos were read again, so that one search is not measured under another.
    await page.locator('.results-head, .empty-state').first().waitFor();
    await page.waitForTimeout(context.quick ? 300 : 1200);
    context.note(`page: "${words}" ${figure(laps.at(-1)?.photos ?? 0, 'ms')}`);
  }
  // The first one loads what later ones have.
  const measured = laps.slice(1);
  const rows = (['places', 'photos'] as const).map((name) => {
    const times = summarize(measured.map((lap) => lap[name]));
    result.value(`${name}: p50 ms`, times.median);
    result.value(`${name}: p90 ms`, times.p90);
    return [name, figure(times.median), figure(times.p90), figure(times.fastest)];
  });
  result.table(
    `From Enter on, ${measured.length} searches of ${album.photos} photos, none asked before; ms`,
    ['painted', 'p50', 'p90', 'fastest'],
    rows,
  );
  const median = summarize(measured.map(({ places }) => places)).median;
  if (median > PAINTED_GOAL_MS)
    result.remark(`First results took ${figure(median, 'ms')}, expected ${PAINTED_GOAL_MS} at most.`);
}

async function measureElements(page: Page, context: BenchContext, result: ResultBuilder): Promise<void> {
  await page.goto('/');
  await page.locator('.tile').first().waitFor();
  const elements = (): Promise<number> => page.evaluate("document.querySelectorAll('*').length");
  const start = await elements();
  let most = start;
  let last = 0;
  for (let turn = 0; turn < (context.quick ? TURNS_QUICK : TURNS); turn += 1) {
    await page.mouse.wheel(0, TURN_PIXELS);
    await page.waitForTimeout(50);
    most = Math.max(most, await elements());
    last = await page.evaluate(
      "Math.max(...[...document.querySelectorAll('.tile')].map((tile) => Number(tile.dataset.index)))",
    );
    if ((await page.locator('.the-end').count()) > 0 && (await isAtEnd(page))) break;
  }
  const shown = last + 1;
  result.table(
    'Elements of the document while one scrolls through photos',
    ['at the start', 'most', 'at the end', 'photos passed'],
    [[start, most, await elements(), shown]],
  );
  result.value('elements: most', most);
  result.value('elements: photos passed', shown);
}

function isAtEnd(page: Page): Promise<boolean> {
  return page.evaluate('scrollY + innerHeight >= document.documentElement.scrollHeight - 4');
}
