/**
 * Filters of every kind at random, of values that some of the made photos have.
 * Source: our own. Deviation: none.
 */
import { havables, orientations, type PhotoFilter } from '../../../../indexer/store/index.ts';
import { madeFolders, madeRoots, madeWords, picker } from './made-photos.ts';

const periods = [
  '2022',
  '2023',
  '2023-01-01',
  '2023-05',
  '2023-05-06T07',
  '2023-05-06T07:08',
  '2023-05-06T07:08:09',
  '2023-05-31',
  '2024-02',
  '2023-01-01T00:00',
  '9999',
];
const ages = ['1d', '30d', '5w', '1mo', '13mo', '3y', '100y'];
const globs = [
  '*.jpg',
  '*.{png,jpg}',
  'IMG_1?-*',
  '[^i]*',
  'Photos/**',
  'fotos/*/*.png',
  '**/rome/*',
  '*/2023/**/*.jpg',
  'Photos/2023/*',
  '**/strasse/*',
  '**/STRAßE/g*',
  '**/[a-c]/**',
  '*_[0-4]*-0.*',
  'überseekoffer/**',
  '**/x\\[1\\]/*',
  '*/{2022,2023}/{img,gruß}*',
];
const cameras = ['canon', 'NIKON', 'd7', 'grössenwahn', 'GRÖßENWAHN', 'ω', '6', 'leica'];
const lenses = ['σίγμα', 'ΣΊΓΜΑ', 'οδος', 'mm', '50MM'];
const numbers = [0, 1, 2.8, 3, 50, 100, 640, 1000, 4000, 5000, 12];
const points = [
  [52.5, 13.4],
  [-18, 180],
  [-18, -180],
  [89, -160],
  [-89.5, 100],
  [0, 0],
  [-36, 175],
] as const;
const radii = [500, 30_000, 150_000, 2_000_000, 20_000_000];
const degrees = [-90, -20, 0, 52, 90];
const meridians = [-180, -179, 0, 13, 175, 180];

/** @param depth how many `and`, `or`, `not` may still be in one another */
export function randomFilter(random: () => number, depth = 3): PhotoFilter {
  const pick = picker(random);
  if (depth > 0 && random() < 0.5) {
    const inner = () => randomFilter(random, depth - 1);
    const list = () => Array.from({ length: 1 + Math.floor(random() * 3) }, inner);
    return pick<() => PhotoFilter>([
      () => ({ and: list() }),
      () => ({ or: list() }),
      () => ({ not: inner() }),
    ])();
  }
  const sorted = (all: readonly number[]) => [pick(all), pick(all)].toSorted((a, b) => a - b);
  const range = () => {
    const [min = 0, max = 0] = sorted(numbers);
    return pick([{ min }, { max }, { min, max }]);
  };
  return pick<() => PhotoFilter>([
    () => {
      const [from = '', until = ''] = [pick(periods), pick(periods)].toSorted();
      return { taken: pick([{ from }, { until }, { from, until }]) };
    },
    () => ({ last: pick(ages) }),
    () => ({
      folder: pick([
        ...madeFolders.filter((one) => one !== ''),
        'ROME',
        'strasse',
        '3',
        ...madeRoots,
        `${madeRoots[0]}/2023`,
        'photos',
      ]),
    }),
    () => ({ path: pick(globs) }),
    () => ({ camera: pick(cameras) }),
    () => ({ lens: pick(lenses) }),
    () => ({ orientation: pick(orientations) }),
    () => ({ width: range() }),
    () => ({ height: range() }),
    () => ({ megapixels: range() }),
    () => ({ bytes: range() }),
    () => ({ iso: range() }),
    () => ({ aperture: range() }),
    () => ({ focalLengthMm: range() }),
    () => ({ rating: range() }),
    () => ({ format: pick(['jpg', 'png', 'heic', 'bmp']) }),
    () => {
      const [latitude, longitude] = pick(points);
      return { near: { latitude, longitude, radiusM: pick(radii) } };
    },
    () => {
      const [south = 0, north = 0] = sorted(degrees);
      return { within: { south, north, west: pick(meridians), east: pick(meridians) } };
    },
    () => ({ has: pick(havables) }),
    () => ({ keyword: pick([...madeWords, 'SEA', 'strasse', 'οδος', 'nowhere']) }),
    () => ({ collection: pick([...madeRoots, 'photos', 'FOTOS', 'überseekoffer', 'ÜBERSEEKOFFER', 'none']) }),
  ])();
}
