/**
 * When a picture pretends to have been taken: the hour its light shows, a season in which there may be snow.
 * Source: our own. Deviation: none.
 */
import type { Time } from './backgrounds.ts';
import { randomStream } from './random.ts';
import type { Scene } from './scene.ts';

const YEAR_FIRST = 2024;
const YEAR_LAST = 2025;
const winterMonths = [12, 1, 2] as const;
const otherMonths = [3, 4, 5, 6, 7, 8, 9, 10, 11] as const;
/** Every month has it, so that any month may be drawn. */
const DAY_LAST = 28;

/** First and last hour of the clock, for the sun of winter and of the rest of the year. */
const hours: Readonly<
  Record<Time, { readonly winter: readonly [number, number]; readonly other: readonly [number, number] }>
> = {
  morning: { winter: [8, 9], other: [6, 9] },
  noon: { winter: [11, 14], other: [10, 16] },
  sunset: { winter: [16, 17], other: [19, 20] },
  night: { winter: [19, 23], other: [22, 23] },
};

/** `YYYY-MM-DDTHH:MM:SS`, local time without a zone, as cameras write it. The same scene gives the same moment. */
export function takenAt(scene: Scene): string {
  const random = randomStream('date', scene.seed, scene.index);
  const names = scene.objects.map((object) => object.name);
  const isChristmas = names.includes('christmas tree');
  const isWinter = isChristmas || scene.background === 'winter' || scene.weather === 'snowy';
  const month = isChristmas ? 12 : random.pick(isWinter ? winterMonths : otherMonths);
  const [from, to] = hours[scene.time ?? 'noon'][isWinter ? 'winter' : 'other'];
  const date = [random.integer(YEAR_FIRST, YEAR_LAST), two(month), two(random.integer(1, DAY_LAST))].join(
    '-',
  );
  const clock = [random.integer(from, to), random.integer(0, 59), random.integer(0, 59)].map(two).join(':');
  return `${date}T${clock}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
