/**
 * Words for place, weather and hour, as far as the picture shows them.
 * Source: our own. Deviation: none.
 */
import { kindNamed, type BackgroundName, type Surface } from './catalogue/index.ts';
import type { Random } from './random.ts';
import type { Scene, SceneObject } from './scene.ts';

/** A noun phrase for the whole setting, such as "a snowy forest". */
export type SettingWords = string;

type Phrases = readonly [string, ...string[]];

interface Place {
  readonly noun: Phrases;
  /** For things on different surfaces. */
  readonly general: Phrases;
  readonly bySurface: Partial<Readonly<Record<Surface, Phrases>>>;
}

const places: Readonly<Record<BackgroundName, Place>> = {
  sea: {
    noun: ['the sea', 'the ocean', 'the open sea'],
    general: ['at sea', 'by the sea'],
    bySurface: {
      air: ['over the sea', 'over the ocean', 'over the water'],
      water: ['on the sea', 'at sea', 'on the water'],
    },
  },
  beach: {
    noun: ['a beach', 'a sandy beach'],
    general: ['at the beach', 'by the sea'],
    bySurface: {
      ground: ['on the beach', 'on a sandy beach', 'by the sea'],
      water: ['off a beach', 'at the beach'],
      air: ['over the beach', 'at the beach'],
    },
  },
  lake: {
    noun: ['a lake', 'a lake with grassy banks'],
    general: ['at a lake', 'by a lake'],
    bySurface: {
      ground: ['by a lake', 'on the shore of a lake'],
      water: ['on a lake', 'on the water'],
      air: ['over a lake', 'at a lake'],
    },
  },
  underwater: {
    noun: ['the bottom of the sea', 'the sea'],
    general: ['under water', 'in the deep sea'],
    bySurface: {
      deep: ['under water', 'in the deep sea'],
      ground: ['at the bottom of the sea', 'under water'],
    },
  },
  meadow: {
    noun: ['a meadow', 'a field'],
    general: ['in a meadow', 'in the countryside'],
    bySurface: { ground: ['in a meadow', 'in a field'], air: ['over a meadow', 'over a field'] },
  },
  farm: {
    noun: ['a farm', 'a field on a farm'],
    general: ['on a farm', 'in the countryside'],
    bySurface: { ground: ['on a farm', 'in a farm field'], air: ['over a farm', 'over a farm field'] },
  },
  forest: {
    noun: ['a forest', 'the woods'],
    general: ['in a forest', 'in the woods'],
    bySurface: { air: ['in a forest', 'in the woods'] },
  },
  mountains: {
    noun: ['the mountains', 'a mountain valley'],
    general: ['in the mountains', 'in front of mountains'],
    bySurface: { air: ['in the mountains', 'over a mountain valley'] },
  },
  winter: {
    noun: ['a snowy field', 'a winter landscape'],
    general: ['in the snow', 'in a winter landscape'],
    bySurface: {
      ground: ['in the snow', 'on the snow', 'in a snowy field'],
      air: ['over the snow', 'over a snowy field'],
    },
  },
  city: {
    noun: ['a city', 'a city street'],
    general: ['in the city', 'in a town'],
    bySurface: {
      ground: ['in the city', 'on a city street', 'in the street'],
      air: ['in the city', 'over a city street'],
    },
  },
  desert: {
    noun: ['a desert', 'the desert'],
    general: ['in the desert'],
    bySurface: {
      ground: ['in the desert', 'on the desert sand'],
      air: ['over the desert', 'over sand dunes'],
    },
  },
  savanna: {
    noun: ['the savanna', 'a dry grassland'],
    general: ['in the savanna', 'in dry grassland'],
    bySurface: { air: ['over the savanna', 'over dry grassland'] },
  },
  'night sky': {
    noun: ['the night sky', 'a starry sky'],
    general: ['under a starry sky', 'under the stars'],
    bySurface: { air: ['in the night sky', 'in a starry sky', 'among the stars'] },
  },
  'living room': {
    noun: ['a living room', 'a room'],
    general: ['in a living room', 'in a room', 'indoors'],
    bySurface: {},
  },
  kitchen: {
    noun: ['a kitchen', 'a kitchen table'],
    general: ['on a kitchen table', 'in a kitchen'],
    bySurface: {},
  },
};

/** Where these objects are: "over the sea", "on a farm". */
export function placeWords(scene: Scene, objects: readonly SceneObject[], random: Random): string {
  const surfaces = new Set(objects.map((object) => kindNamed(object.name).surface));
  const place = places[scene.background];
  const [only] = surfaces;
  const special = surfaces.size === 1 && only !== undefined ? place.bySurface[only] : undefined;
  return random.pick(special ?? place.general);
}

export function settingWords(scene: Scene, random: Random): SettingWords {
  return random.pick(places[scene.background].noun);
}

/** Hour and weather in one phrase, or null where neither can be seen or (at noon, say) neither strikes. */
export function conditionWords(scene: Scene, random: Random): string | null {
  const { time, weather } = scene;
  if (scene.background === 'night sky') return random.pick(['at night', 'on a clear night']);
  if (time === null) return null;
  if (weather === null)
    return time === 'night'
      ? random.pick(['at night', 'in the evening'])
      : random.pick(['in the daytime', 'by day']);
  const ofTime = timeWords[time];
  const day = { morning: 'morning', noon: 'day', sunset: 'evening', night: 'night' }[time];
  const adjective =
    weather === 'clear'
      ? { morning: 'sunny', noon: 'sunny', sunset: 'clear', night: 'clear' }[time]
      : weather;
  const both: string[] = [`on a ${adjective} ${day}`];
  const phrase = weatherWords[weather];
  if (phrase !== null)
    both.push(...phrase.flatMap((words) => ofTime.map((hour) => `${words} ${hour}`)), ...phrase);
  return random.pick([...both, ...both, ...ofTime]);
}

const timeWords = {
  morning: ['in the morning', 'in the early morning'],
  noon: ['at midday', 'in the daytime'],
  sunset: ['at sunset', 'at dusk', 'in the evening'],
  night: ['at night', 'in the dark'],
} as const;

const weatherWords = {
  clear: null,
  cloudy: ['under a cloudy sky', 'under an overcast sky'],
  rainy: ['in the rain', 'while it rains'],
  snowy: ['in falling snow', 'while it snows'],
  foggy: ['in the fog', 'in the mist'],
} as const;
