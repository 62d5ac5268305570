/**
 * The places scenes happen in: where their ground, water and air lie, and which weather and hours they know.
 * Source: our own. Deviation: none.
 */
import type { BackgroundName, Surface } from './catalogue/index.ts';

export type Weather = 'clear' | 'cloudy' | 'rainy' | 'snowy' | 'foggy';
export type Time = 'morning' | 'noon' | 'sunset' | 'night';

/** Where the feet of things may be; 0 is the horizon, 1 the lower edge of the frame. */
export interface Band {
  readonly top: number;
  readonly bottom: number;
  /** Size factor at the top and at the bottom of the band: what is far is small. */
  readonly far: number;
  readonly near: number;
}

export interface Background {
  /** Share of the frame's height above the horizon, least and most. */
  readonly horizon: readonly [number, number];
  readonly bands: Partial<Readonly<Record<Surface, Band>>>;
  /** Weights; an empty record means that weather is not visible there. */
  readonly weathers: Partial<Readonly<Record<Weather, number>>>;
  readonly times: Partial<Readonly<Record<Time, number>>>;
}

/** Things in the air hang above the horizon; their band is measured from the upper edge to the horizon. */
const air: Band = { top: 0.08, bottom: 0.95, far: 0.95, near: 1 };
const allDay = { morning: 2, noon: 4, sunset: 3, night: 2 };
const mild = { clear: 5, cloudy: 2, rainy: 2, foggy: 1 };
const everyWeather = { clear: 5, cloudy: 2, rainy: 2, snowy: 2, foggy: 1 };

function land(far = 0.68): Band {
  return { top: 0.24, bottom: 0.95, far, near: 1 };
}

export const backgrounds: Readonly<Record<BackgroundName, Background>> = {
  sea: {
    horizon: [0.46, 0.62],
    bands: { water: { top: 0.24, bottom: 0.9, far: 0.72, near: 1 }, air },
    weathers: mild,
    times: allDay,
  },
  beach: {
    horizon: [0.36, 0.44],
    bands: {
      water: { top: 0.12, bottom: 0.3, far: 0.62, near: 0.75 },
      ground: { top: 0.52, bottom: 0.96, far: 0.78, near: 1 },
      air,
    },
    weathers: { clear: 6, cloudy: 2, rainy: 1 },
    times: allDay,
  },
  lake: {
    horizon: [0.36, 0.44],
    bands: {
      water: { top: 0.2, bottom: 0.5, far: 0.6, near: 0.75 },
      ground: { top: 0.72, bottom: 0.97, far: 0.82, near: 0.95 },
      air,
    },
    weathers: mild,
    times: allDay,
  },
  underwater: {
    horizon: [0.8, 0.84],
    bands: { ground: { top: 0.2, bottom: 0.85, far: 0.85, near: 1 }, deep: { ...air, bottom: 0.97 } },
    weathers: {},
    times: {},
  },
  meadow: { horizon: [0.44, 0.58], bands: { ground: land(), air }, weathers: everyWeather, times: allDay },
  farm: { horizon: [0.42, 0.5], bands: { ground: land(0.72), air }, weathers: everyWeather, times: allDay },
  forest: { horizon: [0.5, 0.6], bands: { ground: land(0.75), air }, weathers: everyWeather, times: allDay },
  mountains: {
    horizon: [0.52, 0.6],
    bands: { ground: land(0.7), air },
    weathers: everyWeather,
    times: allDay,
  },
  winter: {
    horizon: [0.44, 0.54],
    bands: { ground: land(), air },
    weathers: { clear: 4, cloudy: 2, snowy: 4, foggy: 1 },
    times: allDay,
  },
  city: {
    horizon: [0.56, 0.62],
    bands: { ground: { top: 0.3, bottom: 0.93, far: 0.8, near: 1 }, air: { ...air, bottom: 0.6 } },
    weathers: everyWeather,
    times: allDay,
  },
  desert: {
    horizon: [0.48, 0.58],
    bands: { ground: land(), air },
    weathers: { clear: 6, cloudy: 1 },
    times: allDay,
  },
  savanna: {
    horizon: [0.46, 0.54],
    bands: { ground: land(), air },
    weathers: { clear: 6, cloudy: 1, rainy: 1 },
    times: allDay,
  },
  'night sky': {
    horizon: [0.8, 0.85],
    bands: { ground: { top: 0.35, bottom: 0.85, far: 0.75, near: 0.85 }, air: { ...air, bottom: 0.93 } },
    weathers: { clear: 1 },
    times: { night: 1 },
  },
  'living room': {
    horizon: [0.6, 0.66],
    bands: { ground: { top: 0.2, bottom: 0.92, far: 0.92, near: 1.12 } },
    weathers: {},
    times: { noon: 3, night: 1 },
  },
  kitchen: {
    horizon: [0.56, 0.62],
    bands: { table: { top: 0.3, bottom: 0.88, far: 0.98, near: 1.2 } },
    weathers: {},
    times: { noon: 3, night: 1 },
  },
};
