/**
 * The Chromium of this machine, for tests and measurements of the page.
 * Source: Playwright's documentation; Chromium's command-line switches. Deviation: the browser of the system in place of a
 * downloaded one.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** No sandbox, because build machines run as root; nothing that would talk to the network or need a screen. */
export const CHROMIUM_SWITCHES: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where systems put it. */
const FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];

/** @param folders to look in, in this order. @returns undefined: there is none */
export function findChromium(folders: readonly string[] = FOLDERS): string | undefined {
  return folders
    .flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
}
