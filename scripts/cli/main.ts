#!/usr/bin/env node
/**
 * The command line: `imglish <verb>`.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { createProgram } from './program.ts';
import { reportFailure } from './context.ts';
import { argumentsOf, isTooLong, runWithShortCommandLine } from './long-command-line.ts';
import { tolerateClosedPipe } from './terminal.ts';

tolerateClosedPipe();
if (isTooLong(process.argv)) process.exitCode = await runWithShortCommandLine(process.argv);
else await runHere(await argumentsOf(process.argv));

async function runHere(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = reportFailure(error, argv.includes('--json'));
  }
}
