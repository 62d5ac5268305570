/**
 * Starts the compiled command line as a user's shell would.
 * Source: our own. Deviation: none.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import { projectRoot } from '../../support/paths.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const program = path.join(projectRoot, 'dist', 'scripts', 'imglish.js');

/** Without any IMGLISH_ variable of the machine that runs the tests. */
export function startImglish(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('IMGLISH_'));
  return spawn(process.execPath, [program, ...parameters], {
    env: { ...Object.fromEntries(inherited), ...environment },
  });
}

export async function imglish(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const child = startImglish(parameters, environment);
  child.stdin.end();
  const [stdout, stderr, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    }),
  ]);
  return { code, stdout, stderr };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
