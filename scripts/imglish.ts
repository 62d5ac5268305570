#!/usr/bin/env node
/**
 * The command line: `imglish <verb>`.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { createProgram } from './cli/program.ts';
import { reportFailure } from './cli/context.ts';
import { tolerateClosedPipe } from './cli/terminal.ts';

tolerateClosedPipe();
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, process.argv.includes('--json'));
}
