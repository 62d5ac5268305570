/**
 * Runs a command in this process: for what a command says of its arguments, which needs no process of its own.
 * Source: our own. Deviation: none.
 */
import type { Command, OutputConfiguration } from 'commander';
import { reportFailure } from '../../../scripts/cli/context.ts';
import { createProgram } from '../../../scripts/cli/program.ts';
import type { Finished } from './run-imglish.ts';

/**
 * One at a time: the environment is this process's own meanwhile. What a command prints on stderr by itself is caught,
 * what it prints on stdout only where commander does it, since the test runner speaks there too.
 */
export async function imglishHere(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  let [stdout, stderr] = ['', ''];
  const program = configure(createProgram(), {
    writeOut: (text) => {
      stdout += text;
    },
    writeErr: (text) => {
      stderr += text;
    },
  });
  const write = process.stderr.write.bind(process.stderr);
  const before = { ...process.env };
  for (const name of Object.keys(before)) if (name.startsWith('IMGLISH_')) delete process.env[name];
  Object.assign(process.env, environment);
  process.stderr.write = (text: string | Uint8Array) => {
    stderr += String(text);
    return true;
  };
  let code = 0;
  try {
    await program.parseAsync(['node', 'imglish', ...parameters]);
  } catch (error) {
    code = reportFailure(error, false);
  } finally {
    process.stderr.write = write;
    for (const name of Object.keys(environment)) delete process.env[name];
    Object.assign(process.env, before);
  }
  return { code, stdout, stderr };
}

function configure(command: Command, outputs: OutputConfiguration): Command {
  command.configureOutput(outputs);
  for (const child of command.commands) configure(child, outputs);
  return command;
}
