/**
 * Files for the checkpoint tests: temporary folders, hand-made .safetensors, and the check of an error's code.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { isAppError, type ErrorCode } from '../../../model/errors.ts';

/** A folder that goes when the test ends. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'checkpoint-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** @returns the path of a new file with these bytes */
export async function writeTemporary(
  t: TestContext,
  bytes: Uint8Array | string,
  name?: string,
): Promise<string> {
  const file = path.join(await temporaryFolder(t), name ?? randomBytes(4).toString('hex'));
  await writeFile(file, bytes);
  return file;
}

/** The error must be ours, of this code, and say this. */
export async function rejects(promise: Promise<unknown>, code: ErrorCode, message = /./): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(isAppError(error), `expected an AppError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

/** A header as it is, and so many data bytes. */
export function makeSafetensors(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** Bytes without a period that a shift could hide in. */
export function pattern(length: number, seed: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
