/**
 * All commands in one program.
 * Source: commander's documentation. Deviation: none.
 */
import { Command } from 'commander';
import { backupCommand, restoreCommand } from './backup-command.ts';
import { classifyCommand } from './classify-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { duplicatesCommand } from './duplicates-command.ts';
import { embedCommand } from './embed-command.ts';
import { evalCommand } from './eval-command.ts';
import { exportCommand } from './export-command.ts';
import { generationsCommand } from './generations-command.ts';
import { indexCommand } from './index-command.ts';
import { jobsCommand } from './jobs-command.ts';
import { lookupCommand } from './lookup-command.ts';
import { mcpCommand } from './mcp-command.ts';
import { modelCommand } from './model-command.ts';
import { packageVersion } from './package-version.ts';
import { searchCommand } from './search-command.ts';
import { serveCommand } from './serve-command.ts';
import { tagCommand } from './tag-command.ts';
import { textsCommand } from './texts-command.ts';
import { watchCommand } from './watch-command.ts';
import { workerCommand } from './worker-command.ts';

export function createProgram(): Command {
  const program = new Command('imglish')
    .description('Find photos by words, with BEiT-3, on your own machine.')
    .version(packageVersion())
    .showHelpAfterError('(see --help)')
    // Commands inherit both when they are made by `command`, not when they are added: see below.
    .exitOverride()
    .addHelpText(
      'after',
      `
Every flag may be set by the environment variable named beside it; the flag wins.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done with skipped files.`,
    );
  const commands = [
    indexCommand(),
    searchCommand(),
    lookupCommand(),
    classifyCommand(),
    serveCommand(),
    mcpCommand(),
    watchCommand(),
    jobsCommand(),
    workerCommand(),
    generationsCommand(),
    duplicatesCommand(),
    textsCommand(),
    tagCommand(),
    exportCommand(),
    backupCommand(),
    restoreCommand(),
    embedCommand(),
    evalCommand(),
    modelCommand(),
    doctorCommand(),
  ];
  for (const command of commands) program.addCommand(inherit(command, program));
  return program;
}

function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}
