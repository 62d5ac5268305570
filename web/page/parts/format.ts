/**
 * Numbers, sizes and dates for people.
 * Source: Intl. Deviation: English only, as the page is.
 */

const numbers = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
/** Dates of cameras have no zone: they are shown as they were noted. */
const days = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' });
const months = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });

export function formatNumber(value: number): string {
  return numbers.format(value);
}

/** 1 photo, 2 photos, 8,091 photos */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${numbers.format(count)} ${count === 1 ? one : many}`;
}

/** Decimal, as disks are sold: 512 B, 24.5 kB, 3.2 MB */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${compact.format(value)} ${units[unit] ?? ''}`;
}

/** 0.031 → 3 %, 0.004 → under 1 % */
export function formatProbability(value: number): string {
  if (value > 0 && value < 0.01) return 'under 1 %';
  if (value < 1 && value > 0.99) return 'over 99 %';
  return `${Math.round(value * 100)} %`;
}

/** 2026-04-05T06:07:08 → April 5, 2026; undefined for what is no date */
export function formatDay(iso: string): string | undefined {
  const time = Date.parse(`${iso.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(time) ? undefined : days.format(time);
}

/** 2026-04 → April 2026 */
export function formatMonth(month: string): string {
  const time = Date.parse(`${month.slice(0, 7)}-01T00:00:00Z`);
  return Number.isNaN(time) ? month : months.format(time);
}

/** 90 → about 2 minutes */
export function formatDuration(seconds: number): string {
  if (seconds < 50) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 50 * 60) return `about ${formatCount(Math.max(1, Math.round(seconds / 60)), 'minute')}`;
  return `about ${formatCount(Math.max(1, Math.round(seconds / 3600)), 'hour')}`;
}

/** How long something took: 0.4 s, 12 s, 5 min 18 s, 2 h 5 min */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const all = Math.round(seconds);
  if (all < 60) return `${all} s`;
  const minutes = Math.floor(all / 60);
  if (minutes < 60) return `${minutes} min ${all % 60} s`;
  return `${numbers.format(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** How many a second: 3.1, 22, 1,234 */
export function formatRate(perSecond: number): string {
  return numbers.format(perSecond < 9.95 ? Number(perSecond.toFixed(1)) : Math.round(perSecond));
}

/** 14:03 where it is today, else May 14, 14:03, with the year where it is another. In the reader's own zone. */
export function formatTime(iso: string, now = new Date()): string {
  const time = new Date(iso);
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  if (time.toDateString() === now.toDateString()) return time.toLocaleTimeString('en', clock);
  const year = time.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return time.toLocaleString('en', { day: 'numeric', month: 'short', year, ...clock });
}
