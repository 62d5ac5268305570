/**
 * Numbers and dates as people read them.
 * Source: our own. Deviation: none.
 */

const KILOBYTE = 1000;
const MEGABYTE = 1_000_000;

const whole = new Intl.NumberFormat('en');
const oneDecimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

export function formatCount(count: number, noun: string): string {
  return `${whole.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function formatNumber(count: number): string {
  return whole.format(count);
}

export function formatBytes(bytes: number): string {
  if (bytes >= MEGABYTE) return `${oneDecimal.format(bytes / MEGABYTE)} MB`;
  return bytes >= KILOBYTE ? `${whole.format(Math.round(bytes / KILOBYTE))} kB` : `${bytes} B`;
}

/** A cosine, or the probability where the library has one. */
export function formatScore(score: number, pMatch: number | null): string {
  return pMatch === null ? score.toFixed(3) : `${Math.round(pMatch * 100)}%`;
}

/**
 * @param takenAt ISO 8601 as the camera noted it; its zone, if any, is the place's and not the reader's
 * @returns for example "14 May 2021, 09:30", or '' where it is no date
 */
export function formatDate(takenAt: string | null): string {
  const local = takenAt?.match(/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?/)?.[0];
  if (local === undefined) return '';
  const date = new Date(local.includes('T') ? `${local}:00Z` : `${local}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    ...(local.includes('T') && { hour: '2-digit', minute: '2-digit' }),
    timeZone: 'UTC',
  }).format(date);
}

/** For example "about 3 minutes". */
export function formatRemaining(seconds: number): string {
  if (seconds < 50) return `about ${formatCount(Math.max(1, Math.ceil(seconds / 10) * 10), 'second')}`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90
    ? `about ${formatCount(Math.max(1, minutes), 'minute')}`
    : `about ${formatCount(Math.round(minutes / 60), 'hour')}`;
}
