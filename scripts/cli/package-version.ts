/**
 * The version of this package.
 * Source: our own. Deviation: none.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** The compiled file lies one folder deeper than its source, so the way up is searched. */
export function packageVersion(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    try {
      const text = readFileSync(path.join(folder, 'package.json'), 'utf8');
      return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
    } catch (error) {
      if (folder === path.dirname(folder)) throw error;
    }
  }
}
