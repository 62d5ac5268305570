/**
 * Where and with what a picture pretends to have been taken: places that suit what is seen, cameras that nobody sells.
 * Source: coordinates of towns, rounded to a hundredth of a degree. Deviation: none.
 */
import type { BackgroundName } from './catalogue/index.ts';
import { randomStream } from './random.ts';
import type { Scene } from './scene.ts';

export interface PhotoOrigin {
  /** None of their words names a thing, or searches for the thing would find the camera. */
  readonly camera: { readonly make: string; readonly model: string };
  /** null for about one picture in seven, as with real cameras */
  readonly place: PhotoPlace | null;
}

export interface PhotoPlace {
  readonly city: string;
  readonly country: string;
  /** degrees, north and east positive, to four digits */
  readonly latitude: number;
  readonly longitude: number;
}

const cameras: readonly PhotoOrigin['camera'][] = [
  { make: 'Corvin', model: 'Corvin Gouache 35' },
  { make: 'Corvin', model: 'Corvin Pastel Zoom' },
  { make: 'Lumen', model: 'Lumen L6' },
  { make: 'Lumen', model: 'Lumen L7 Pro' },
];

type Town = readonly [city: string, country: string, latitude: number, longitude: number];

const home: Town = ['Bremen', 'Germany', 53.08, 8.81];
const towns: Readonly<Record<BackgroundName, Town>> = {
  sea: ['Sagres', 'Portugal', 37.01, -8.94],
  beach: ['Biarritz', 'France', 43.48, -1.56],
  lake: ['Hallstatt', 'Austria', 47.56, 13.65],
  underwater: ['Dahab', 'Egypt', 28.51, 34.52],
  meadow: ['Killarney', 'Ireland', 52.06, -9.5],
  farm: ['Utrecht', 'Netherlands', 52.09, 5.12],
  forest: ['Freiburg', 'Germany', 47.99, 7.85],
  mountains: ['Zermatt', 'Switzerland', 46.02, 7.75],
  winter: ['Tromsø', 'Norway', 69.65, 18.96],
  city: ['Kyoto', 'Japan', 35.01, 135.77],
  desert: ['Merzouga', 'Morocco', 31.1, -4.01],
  savanna: ['Arusha', 'Tanzania', -3.37, 36.68],
  'night sky': ['Akureyri', 'Iceland', 65.68, -18.1],
  'living room': home,
  kitchen: home,
};

const PLACED = 6 / 7;
/** Degrees: a walk from the middle of the town. */
const WALK = 0.02;

/** The same scene gives the same origin. */
export function originOf(scene: Scene): PhotoOrigin {
  const random = randomStream('origin', scene.seed, scene.index);
  const camera = random.pick(cameras);
  if (!random.chance(PLACED)) return { camera, place: null };
  const [city, country, latitude, longitude] = towns[scene.background];
  const walked = (from: number): number => Math.round((from + random.between(-WALK, WALK)) * 1e4) / 1e4;
  return { camera, place: { city, country, latitude: walked(latitude), longitude: walked(longitude) } };
}
