/**
 * Folders that go with their test.
 * Source: our own. Deviation: none.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** A folder that is deleted when the test ends. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'imglish-test-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
