/**
 * Long command lines, such as those of `imglish index *.jpg`, handed on to a process that has a short one.
 * Source: our own. Deviation: none.
 *
 * onnxruntime 1.30 runs a regular expression over /proc/self/cmdline, and that recurses once for every byte: from some
 * 14,000 bytes on it overruns the stack of a thread and the process ends with SIGSEGV. Setting the process's title does not
 * help, as the kernel keeps the length.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

/** Half of what was seen to work, because frames and stacks differ between machines. */
const BYTES_MAX = 6000;

/** What the process with the short command line is told instead of the arguments. */
const HANDED_ON = '--arguments-by-message';

/** @param argv as `process.argv` */
export function isTooLong(argv: readonly string[]): boolean {
  if (process.platform !== 'linux') return false;
  const bytes = [...process.execArgv, ...argv].reduce((sum, one) => sum + Buffer.byteLength(one) + 1, 0);
  return bytes > BYTES_MAX;
}

/**
 * Runs the same program on the same terminal; what stops this process stops that one.
 * @returns its exit code; 128 and the number of the signal where one ended it, as a shell does
 */
export async function runWithShortCommandLine([, script = '', ...rest]: readonly string[]): Promise<number> {
  const child = fork(script, [HANDED_ON], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.send(rest);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}

/** The arguments of this process, wherever they come from. @param argv as `process.argv` */
export async function argumentsOf(argv: readonly string[]): Promise<readonly string[]> {
  if (argv[2] !== HANDED_ON || process.send === undefined) return argv;
  const [rest] = (await once(process, 'message')) as [unknown];
  // Whoever started this is gone, perhaps killed: so is the wish.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
  return [...argv.slice(0, 2), ...(rest as readonly string[])];
}
