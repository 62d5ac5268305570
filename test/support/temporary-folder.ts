/**
 * Folders that go with their test.
 * Source: our own. Deviation: none.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What knows when it is over: the context of a test, or the hooks of a whole file. */
export interface Ending {
  readonly after: (work: () => Promise<void>) => void;
}

/** A folder that is deleted when the test ends. */
export async function temporaryFolder(context: Ending): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'imglish-test-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
