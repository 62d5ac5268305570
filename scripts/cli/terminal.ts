/**
 * What the commands print: results on stdout, everything else on stderr.
 * Source: our own. Deviation: none.
 */
import { messageOf } from '../../model/index.ts';

/** Exit codes of every command. */
export const exitCodes = { done: 0, failed: 1, usage: 2, skipped: 3, interrupted: 130 } as const;

/** A line that is overwritten is refreshed this often; a log gets a new line this often. */
const REFRESH_MS = 120;
const LOG_LINE_MS = 5000;

/** One JSON document, or one line of a stream of them. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** For people; never part of a result. */
export function note(line: string): void {
  if (noteTo === null) process.stderr.write(`${line}\n`);
  else noteTo(line);
}

let noteTo: ((line: string) => void) | null = null;

/** Notes become lines of a log. @param sink null: lines of stderr again */
export function redirectNotes(sink: ((line: string) => void) | null): void {
  noteTo = sink;
}

/** `1234567` → `1,234,567`; at most `digits` behind the point. */
export function formatNumber(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** Seconds as a person says them: `48 s`, `3 min 20 s`, `2 h 05 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** `13160302` → `13.2 MB` */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatNumber(value, unit === 0 ? 0 : 1)} ${units[unit] ?? ''}`;
}

/**
 * Text of strangers (paths, captions) for a terminal: control characters, which could move the cursor or
 * change colours, are shown as escapes.
 */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** A line of progress on stderr: overwritten in a terminal, now and then a new one in a log. */
export class ProgressLine {
  readonly #isTerminal = process.stderr.isTTY;
  readonly #isQuiet: boolean;
  #shownAt = 0;
  #isOpen = false;

  constructor(options: { readonly isQuiet: boolean }) {
    this.#isQuiet = options.isQuiet;
  }

  show(line: string): void {
    if (this.#isQuiet) return;
    const now = performance.now();
    if (now - this.#shownAt < (this.#isTerminal ? REFRESH_MS : LOG_LINE_MS)) return;
    this.#shownAt = now;
    if (!this.#isTerminal) return note(line);
    this.#isOpen = true;
    process.stderr.write(`\r\u001b[2K${line.slice(0, process.stderr.columns - 1)}`);
  }

  /** Takes the line away, so that what follows starts at the margin. */
  clear(): void {
    if (this.#isOpen) process.stderr.write('\r\u001b[2K');
    this.#isOpen = false;
  }
}

/** Work that Ctrl-C and SIGTERM abort through its signal; a second Ctrl-C ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    note('Stopping after what is under way; press Ctrl-C again to stop at once.');
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** A reader such as `head` that has seen enough is no error. */
export function tolerateClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.done);
    note(messageOf(error));
    process.exit(exitCodes.failed);
  });
}
