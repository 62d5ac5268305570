/**
 * A real browser for the tests of the page.
 * Source: Playwright's documentation. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { CHROMIUM_SWITCHES, findChromium } from '../../scripts/bench/chromium.ts';

const MISSING = 'needs Chromium: apt-get install chromium, or set CHROMIUM_PATH to a Chromium or Chrome';

const named = process.env['CHROMIUM_PATH'] ?? '';
const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
const executable = named === '' ? findChromium(folders) : named;

/** For node:test's `skip`. On a build machine (CI=true) nothing is skipped: there the missing browser fails. */
export const skipWithoutBrowser: string | false =
  executable === undefined && process.env['CI'] !== 'true' ? MISSING : false;

export function launch(): Promise<Browser> {
  assert.ok(executable !== undefined, MISSING);
  return chromium.launch({ executablePath: executable, args: [...CHROMIUM_SWITCHES] });
}

/** Longer than any state of the page takes on a busy machine, shorter than patience. */
const WAIT_MS = 12_000;

/**
 * Runs `work` on a fresh page, and fails where the page logged an error, broke its own security policy or asked
 * for anything of another server.
 * @param options.mayFail part of an address whose failure the test means to cause
 */
export async function withPage(
  browser: Browser,
  url: string,
  work: (page: Page) => Promise<void>,
  options: BrowserContextOptions & { readonly mayFail?: string } = {},
): Promise<void> {
  const { mayFail, ...contextOptions } = options;
  const context = await browser.newContext({ baseURL: url, reducedMotion: 'reduce', ...contextOptions });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const isMeant = mayFail !== undefined && message.location().url.includes(mayFail);
    if (message.type() === 'error' && !isMeant)
      complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`asked for ${request.url()}`);
  });
  try {
    await work(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

/** Holds requests back until the test lets them through. */
export class Gate {
  readonly opened: Promise<void>;
  #open: (() => void) | undefined;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open?.();
  }
}
