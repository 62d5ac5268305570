/**
 * Copies what the compiler leaves alone: pages, styles and pictures of the web client.
 * Source: our own. Deviation: none.
 */
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const source = path.join(root, 'web', 'client');
const target = path.join(root, 'dist', 'web', 'client');
const ASSETS = /\.(html|css|svg|ico|webmanifest)$/;

mkdirSync(target, { recursive: true });
for (const entry of existsSync(source) ? readdirSync(source, { recursive: true }) : []) {
  if (ASSETS.test(entry)) cpSync(path.join(source, entry), path.join(target, entry));
}
