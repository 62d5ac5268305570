/**
 * Runs report-child.ts under conditions that a shell or another user sets, and reads what it says.
 * Source: our own. Deviation: none.
 */
import { execFile, type ExecFileOptions } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { IndexReport } from '../../../indexer/index.ts';

const run = promisify(execFile);
const CHILD = path.join(import.meta.dirname, 'report-child.js');

export interface ChildReport {
  readonly report?: IndexReport;
  readonly error?: { readonly code: string; readonly message: string };
  readonly notices: readonly string[];
}

/** @param prefix of the command line, such as `ulimit -n 64;` */
export async function reportOf(
  data: string,
  photos: string,
  { prefix = '', nodeOptions = '', ...options }: Conditions = {},
): Promise<ChildReport> {
  const command = `${prefix} exec '${process.execPath}' ${nodeOptions} '${CHILD}' '${data}' '${photos}'`;
  const { stdout } = await run('/bin/sh', ['-c', command], options);
  return JSON.parse(stdout) as ChildReport;
}

export interface Conditions extends Pick<ExecFileOptions, 'uid' | 'env'> {
  readonly prefix?: string;
  readonly nodeOptions?: string;
}
