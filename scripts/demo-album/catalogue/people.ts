/**
 * People of the album. Their clothes can be dyed; skin and hair vary and are never mentioned.
 * Source: names follow the icon set; sizes and homes are our own. Deviation: none.
 */
import { personKind, type BackgroundName, type Kind } from './kind.ts';
import type { ColourName } from '../colours.ts';

const shirts: readonly ColourName[] = ['red', 'green', 'blue', 'purple', 'pink', 'white', 'black'];
const shirt = ['shirt', 'shirts'] as const;
const teal = { main: '#00b29a', colours: shirts, worn: shirt } as const;
const violet = { main: '#5914f2', colours: shirts, worn: shirt } as const;
const outdoors: readonly BackgroundName[] = ['meadow', 'beach', 'city', 'lake', 'mountains', 'desert'];
const dress = {
  main: '#dd1d00',
  colours: ['red', 'blue', 'green', 'purple', 'pink'],
  worn: ['dress', 'dresses'],
  // Dark skin is nearly of the same hue.
  reachRadians: 0.05,
} as const;
const person = ['person', 'people'] as const;

export const people: readonly Kind[] = [
  personKind('man|men', 'running', 'man-running', 0.44, 'ground', outdoors, {
    dye: teal,
    synonyms: [person],
  }),
  personKind('woman|women', 'running', 'woman-running', 0.44, 'ground', outdoors, {
    dye: violet,
    synonyms: [person],
  }),
  personKind('man|men', 'walking', 'man-walking', 0.46, 'ground', [...outdoors, 'forest'], {
    dye: teal,
    synonyms: [person],
  }),
  personKind('woman|women', 'walking', 'woman-walking', 0.46, 'ground', [...outdoors, 'forest'], {
    dye: violet,
    synonyms: [person],
  }),
  personKind(
    'woman|women',
    'standing',
    'woman-standing',
    0.46,
    'ground',
    ['city', 'beach', 'living room', 'farm'],
    {
      dye: { ...violet, main: '#583ee2' },
      synonyms: [person],
    },
  ),
  personKind(
    'man|men',
    'standing',
    'man-standing',
    0.46,
    'ground',
    ['city', 'beach', 'living room', 'farm'],
    {
      dye: teal,
      synonyms: [person],
    },
  ),
  personKind(
    'man|men',
    'riding a bicycle|riding bicycles',
    'man-biking',
    0.42,
    'ground',
    ['city', 'meadow', 'forest', 'mountains'],
    {
      synonyms: [person],
      agents: [['cyclist', 'cyclists']],
      countMax: 3,
    },
  ),
  personKind(
    'woman|women',
    'riding a bicycle|riding bicycles',
    'woman-biking',
    0.42,
    'ground',
    ['city', 'meadow', 'lake', 'beach'],
    {
      synonyms: [person],
      agents: [['cyclist', 'cyclists']],
      countMax: 3,
    },
  ),
  personKind('woman|women', 'dancing', 'woman-dancing', 0.44, 'ground', ['city', 'living room', 'beach'], {
    dye: dress,
    synonyms: [person],
    countMax: 3,
  }),
  personKind('man|men', 'playing golf', 'man-golfing', 0.42, 'ground', ['meadow'], {
    agents: [['golfer', 'golfers']],
  }),
  personKind('woman|women', 'juggling', 'woman-juggling', 0.42, 'ground', ['city'], {
    agents: [['juggler', 'jugglers']],
    countMax: 2,
  }),
  personKind(
    'woman|women',
    'meditating',
    'woman-in-lotus-position',
    0.36,
    'ground',
    ['meadow', 'beach', 'lake'],
    {
      synonyms: [person],
      countMax: 3,
    },
  ),
  personKind('woman|women', 'surfing', 'woman-surfing', 0.38, 'water', ['sea', 'beach'], {
    agents: [['surfer', 'surfers']],
    countMax: 3,
  }),
  personKind('man|men', 'surfing', 'man-surfing', 0.38, 'water', ['sea', 'beach'], {
    agents: [['surfer', 'surfers']],
    countMax: 3,
  }),
  personKind('man|men', 'rowing a boat|rowing boats', 'man-rowing-boat', 0.34, 'water', ['lake', 'sea'], {
    synonyms: [person],
    countMax: 2,
  }),
  {
    ...personKind('person|people', 'skiing', 'skier', 0.42, 'ground', ['winter'], {
      agents: [['skier', 'skiers']],
    }),
    art: { from: 'icon', icon: 'skier', skins: false },
  },
  personKind('person|people', 'snowboarding', 'snowboarder', 0.4, 'ground', ['winter'], {
    agents: [['snowboarder', 'snowboarders']],
  }),
  personKind(
    'person|people',
    'riding a horse|riding horses',
    'horse-racing',
    0.44,
    'ground',
    ['meadow', 'farm'],
    {
      agents: [['jockey', 'jockeys']],
      countMax: 3,
    },
  ),
];
