/**
 * Shows a file with the program that the system has for it.
 * Source: xdg-open(1), open(1) of macOS, and url.dll of Windows. Deviation: none.
 */
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { note } from '../terminal.ts';

/** Without a shell, so that no character of a path means anything. */
function openerOf(file: string): readonly [string, readonly string[]] {
  if (process.platform === 'darwin') return ['open', [file]];
  if (process.platform === 'win32') {
    return ['rundll32', ['url.dll,FileProtocolHandler', pathToFileURL(file).href]];
  }
  return ['xdg-open', [file]];
}

/** Does not wait for the program. Where there is none, says so: the path is known anyway. */
export function openFile(file: string): void {
  const [program, parameters] = openerOf(file);
  const child = spawn(program, parameters, { stdio: 'ignore', detached: true });
  child.on('error', () => note(`No program opened it ("${program}" is not there); open the file yourself.`));
  child.unref();
}
