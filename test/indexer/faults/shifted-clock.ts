/**
 * Loaded before a program, gives it a clock that is wrong: `node --import ./shifted-clock.js`.
 * SHIFT_DAYS moves it; SHIFT_JUMPS makes it go back by an hour at every fifth look.
 * Source: our own. Deviation: none.
 */
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const shiftMs = Number(process.env['SHIFT_DAYS'] ?? 0) * DAY_MS;
const jumps = process.env['SHIFT_JUMPS'] === '1';
const realNow = Date.now.bind(Date);
let looks = 0;

function now(): number {
  looks += 1;
  return realNow() + shiftMs - (jumps ? Math.floor(looks / 5) * HOUR_MS : 0);
}

globalThis.Date = new Proxy(Date, {
  construct: (target, values: readonly unknown[]) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values) as Date,
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});
