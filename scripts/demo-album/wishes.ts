/**
 * The first pictures of the demo album are commissioned, so that the searches its guide suggests find something;
 * how they look is as random as anywhere. Albums for tests and training have none.
 * Source: our own. Deviation: none.
 */
import type { Time, Weather } from './backgrounds.ts';
import type { BackgroundName } from './catalogue/index.ts';
import type { ColourName } from './colours.ts';
import type { AlbumSeed, Relation, Size } from './scene.ts';

export interface WishedThing {
  /** A `Kind.name` of the catalogue. */
  readonly name: string;
  readonly colour?: ColourName;
  readonly count?: number;
  readonly size?: Size;
  /** The position of another wished thing that has a shelf. */
  readonly restsOn?: number;
}

export interface Wish {
  readonly background: BackgroundName;
  readonly time?: Time;
  readonly weather?: Weather;
  readonly things: readonly WishedThing[];
  /** Must hold between the first and the second thing. */
  readonly relation?: Relation['relation'];
}

/** The wish for a scene, or null where chance decides. */
export function wishFor(seed: AlbumSeed, index: number): Wish | null {
  return seed.startsWith('demo') ? (wishes[index] ?? null) : null;
}

export const wishes: readonly Wish[] = [
  { background: 'sea', time: 'noon', weather: 'clear', things: [{ name: 'balloon', colour: 'red' }] },
  { background: 'winter', time: 'sunset', weather: 'clear', things: [{ name: 'dog', count: 2 }] },
  {
    background: 'meadow',
    time: 'morning',
    weather: 'clear',
    things: [
      { name: 'hot air balloon', colour: 'orange' },
      { name: 'house', colour: 'blue' },
    ],
    relation: 'above',
  },
  {
    background: 'city',
    time: 'night',
    weather: 'rainy',
    things: [
      { name: 'taxi', count: 2 },
      { name: 'umbrella', colour: 'red' },
    ],
  },
  {
    background: 'beach',
    time: 'sunset',
    weather: 'clear',
    things: [{ name: 'palm tree' }, { name: 'sailboat', colour: 'red' }, { name: 'dog' }],
  },
  { background: 'forest', weather: 'foggy', time: 'morning', things: [{ name: 'deer', count: 3 }] },
  {
    background: 'living room',
    things: [
      { name: 'cat', colour: 'orange', restsOn: 1 },
      { name: 'sofa', colour: 'blue' },
    ],
    relation: 'on',
  },
  {
    background: 'desert',
    time: 'sunset',
    weather: 'clear',
    things: [{ name: 'camel', count: 3 }, { name: 'cactus' }],
  },
  { background: 'night sky', things: [{ name: 'tent', colour: 'orange' }, { name: 'owl' }] },
  {
    background: 'underwater',
    things: [{ name: 'fish', colour: 'yellow', count: 4 }, { name: 'sea turtle' }],
  },
  {
    background: 'city',
    time: 'noon',
    weather: 'clear',
    things: [
      { name: 'car', colour: 'red' },
      { name: 'car', colour: 'blue' },
    ],
    relation: 'left of',
  },
  {
    background: 'savanna',
    time: 'sunset',
    weather: 'clear',
    things: [{ name: 'giraffe', count: 2 }, { name: 'elephant' }],
  },
  {
    background: 'kitchen',
    time: 'noon',
    things: [{ name: 'birthday cake' }, { name: 'apple', colour: 'green', count: 3 }],
  },
  {
    background: 'farm',
    time: 'noon',
    weather: 'cloudy',
    things: [
      { name: 'cow', count: 3 },
      { name: 'tractor', colour: 'red' },
    ],
  },
  {
    background: 'lake',
    time: 'morning',
    weather: 'foggy',
    things: [
      { name: 'swan', count: 2 },
      { name: 'tent', colour: 'green' },
    ],
  },
  { background: 'mountains', time: 'noon', weather: 'snowy', things: [{ name: 'person skiing', count: 2 }] },
  {
    background: 'winter',
    time: 'night',
    weather: 'snowy',
    things: [{ name: 'christmas tree' }, { name: 'snowman' }],
  },
  {
    background: 'beach',
    time: 'noon',
    weather: 'clear',
    things: [
      { name: 'kite', colour: 'yellow' },
      { name: 'woman running', colour: 'pink' },
    ],
  },
  {
    background: 'living room',
    time: 'night',
    things: [{ name: 'teddy bear', restsOn: 1 }, { name: 'table' }, { name: 'gift', count: 2 }],
    relation: 'on',
  },
  {
    background: 'meadow',
    time: 'noon',
    weather: 'clear',
    things: [{ name: 'horse', colour: 'white', count: 2 }],
  },
  { background: 'sea', time: 'sunset', weather: 'clear', things: [{ name: 'dolphin', count: 3 }] },
  { background: 'mountains', time: 'morning', weather: 'clear', things: [{ name: 'sheep', count: 4 }] },
  {
    background: 'meadow',
    time: 'noon',
    weather: 'rainy',
    things: [{ name: 'umbrella', colour: 'green' }, { name: 'dog' }],
  },
  { background: 'night sky', things: [{ name: 'rocket' }] },
];
