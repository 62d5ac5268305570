/**
 * Numbers and dates as people read them.
 * Source: our own. Deviation: none.
 */

const KILOBYTE = 1000;
const MEGABYTE = 1_000_000;
const GIGABYTE = 1_000_000_000;

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function formatCount(count: number, noun: string): string {
  return `${whole.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function formatNumber(count: number, decimals: 0 | 1 = 0): string {
  return (decimals === 0 ? whole : oneDecimal).format(count);
}

export function formatBytes(bytes: number): string {
  if (bytes >= GIGABYTE) return `${oneDecimal.format(bytes / GIGABYTE)} GB`;
  if (bytes >= MEGABYTE) return `${oneDecimal.format(bytes / MEGABYTE)} MB`;
  return bytes >= KILOBYTE ? `${whole.format(Math.round(bytes / KILOBYTE))} kB` : `${bytes} B`;
}

/** For example "about 3 minutes". */
export function formatRemaining(seconds: number): string {
  if (seconds < 50) return `about ${formatCount(Math.max(1, Math.ceil(seconds / 10) * 10), 'second')}`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90
    ? `about ${formatCount(Math.max(1, minutes), 'minute')}`
    : `about ${formatCount(Math.round(minutes / 60), 'hour')}`;
}

/** How long something took: "0.4 s", "12 s", "5 min 18 s", "2 h 5 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${oneDecimal.format(seconds)} s`;
  const all = Math.round(seconds);
  if (all < 60) return `${all} s`;
  const minutes = Math.floor(all / 60);
  if (minutes < 60) return `${minutes} min ${all % 60} s`;
  return `${whole.format(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}
