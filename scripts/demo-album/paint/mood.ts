/**
 * The light of a scene: what hour and weather do to the sky and to every paint under it.
 * Source: our own. Deviation: none.
 */
import type { Time, Weather } from '../backgrounds.ts';
import { mix, multiply } from '../colours.ts';
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';

export interface Mood {
  readonly time: Time;
  readonly weather: Weather;
  /** Top, middle, horizon. */
  readonly sky: readonly [string, string, string];
  readonly cloud: string;
  readonly cloudShade: string;
  /** What distance fades into. */
  readonly haze: string;
  readonly sun: string;
  readonly isDark: boolean;
  readonly snowLies: boolean;
  /** A paint under this light. */
  lit(hex: string): string;
  /** A thing's paint: half as tinted as the land, so that its colour word stays true at any hour. */
  thing(hex: string): string;
  /** A paint under this light at a distance, 0 near … 1 lost in haze. */
  far(hex: string, distance: number): string;
  /** Ground paint: lit, and white where snow lies. */
  ground(hex: string, distance?: number): string;
}

interface Hour {
  readonly sky: readonly [string, string, string];
  readonly cloud: string;
  readonly cloudShade: string;
  readonly sun: string;
  /** Factors of red, green, blue. */
  readonly light: readonly [number, number, number];
}

const hours: Readonly<Record<Time, Hour>> = {
  morning: {
    sky: ['#7db3e0', '#bcd8ea', '#fdeacb'],
    cloud: '#fffaf2',
    cloudShade: '#e9cfc4',
    sun: '#fff3c2',
    light: [1.01, 0.97, 0.9],
  },
  noon: {
    sky: ['#3d8bd9', '#7fbdf0', '#d3ecf9'],
    cloud: '#ffffff',
    cloudShade: '#c7d8e8',
    sun: '#fffbe0',
    light: [1, 1, 1],
  },
  sunset: {
    sky: ['#46488f', '#d8708c', '#fdb75a'],
    cloud: '#f9b3a0',
    cloudShade: '#8f5f94',
    sun: '#fff0b0',
    light: [1, 0.82, 0.74],
  },
  night: {
    sky: ['#0c1436', '#1b2b5a', '#3a5083'],
    cloud: '#4b5a85',
    cloudShade: '#26335c',
    sun: '#f6f1d8',
    light: [0.6, 0.65, 0.85],
  },
};

/** How grey the sky gets, how dull the light, how near the haze. */
const skies: Readonly<
  Record<Weather, { readonly grey: number; readonly light: number; readonly haze: number }>
> = {
  clear: { grey: 0, light: 1, haze: 0 },
  cloudy: { grey: 0.55, light: 0.92, haze: 0.05 },
  rainy: { grey: 0.75, light: 0.84, haze: 0.16 },
  snowy: { grey: 0.6, light: 0.97, haze: 0.14 },
  foggy: { grey: 0.6, light: 0.96, haze: 0.42 },
};

const greys: Readonly<Record<Time, string>> = {
  morning: '#c3c8cb',
  noon: '#b4bec7',
  sunset: '#a893a3',
  night: '#27314a',
};

/** Each picture's hour is its own: the sky drifts a little between its neighbours. */
const DRIFT = 0.16;

/** Lamps and water have a light of their own. */
function placeLight(scene: Scene): readonly number[] | null {
  if (scene.background === 'underwater') return [0.84, 0.97, 1];
  const isIndoors = scene.background === 'living room' || scene.background === 'kitchen';
  return isIndoors && scene.time === 'night' ? [0.94, 0.83, 0.68] : null;
}

export function moodOf(scene: Scene, random: Random): Mood {
  const time = scene.time ?? 'noon';
  const weather = scene.weather ?? 'clear';
  const hour = hours[time];
  const { grey, light, haze } = skies[weather];
  const drift = random.between(0, DRIFT);
  const tintOfDay = random.pick(['#ffffff', '#5f7fd0', '#f2b8c6', '#8fd0d8']);
  const dull = (hex: string): string =>
    mix(mix(hex, tintOfDay, time === 'night' ? drift / 4 : drift), greys[time], grey);
  const sky = [dull(hour.sky[0]), dull(hour.sky[1]), dull(hour.sky[2])] as const;
  const factors = (placeLight(scene) ?? hour.light).map((factor) => factor * light);
  const snowLies = weather === 'snowy' || scene.background === 'winter';
  const air = mix(
    mix(sky[2], sky[1], 0.4),
    '#ffffff',
    weather === 'foggy' ? (time === 'night' ? 0.18 : 0.3) : 0,
  );
  const gentle = factors.map((factor) => factor + (1 - factor) * (time === 'night' ? 0.4 : 0.55));
  const lit = (hex: string): string => multiply(hex, factors);
  const far = (hex: string, distance: number): string =>
    mix(lit(hex), air, Math.min(1, distance * (1 - haze) + haze));
  return {
    time,
    weather,
    sky,
    cloud: mix(hour.cloud, greys[time], grey * 0.75),
    cloudShade: mix(hour.cloudShade, greys[time], grey * 0.6),
    haze: air,
    sun: hour.sun,
    isDark: time === 'night',
    snowLies,
    lit,
    thing: (hex) => multiply(hex, gentle),
    far,
    ground: (hex, distance = 0) =>
      mix(
        lit(snowLies ? mix(hex, '#f4f7fb', 0.86) : hex),
        air,
        Math.min(0.92, distance + (distance > 0.1 ? haze * 0.7 : haze * 0.25)),
      ),
  };
}
