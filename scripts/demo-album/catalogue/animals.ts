/**
 * Animals of the album.
 * Source: names follow the icon set; sizes and homes are our own. Deviation: none.
 */
import { iconKind, type BackgroundName, type Kind } from './kind.ts';

const country: readonly BackgroundName[] = ['meadow', 'farm'];
const wild: readonly BackgroundName[] = ['meadow', 'forest', 'mountains'];
const plains: readonly BackgroundName[] = ['savanna'];
const pets: readonly BackgroundName[] = ['meadow', 'farm', 'beach', 'city', 'winter', 'living room', 'lake'];
const deep: readonly BackgroundName[] = ['underwater'];

const horse = { main: '#b3875d', colours: ['brown', 'white', 'black', 'grey'], worn: null } as const;
const cat = { main: '#ff9b31', colours: ['orange', 'grey', 'white', 'brown', 'black'], worn: null } as const;
const bird = { main: '#36b4e1', colours: ['blue', 'red', 'yellow', 'green'], worn: null } as const;
const butterfly = {
  main: '#11a3fc',
  colours: ['blue', 'orange', 'yellow', 'pink', 'purple', 'red', 'green'],
  worn: null,
} as const;
const fish = {
  main: '#3ca4d3',
  colours: ['blue', 'red', 'orange', 'yellow', 'green', 'purple', 'pink'],
  worn: null,
} as const;

const flying = { doing: 'flying' };
const swimming = { doing: 'swimming' };

export const animals: readonly Kind[] = [
  iconKind('dog', 'dog', 0.3, 'ground', pets, { sits: true }),
  iconKind('poodle', 'poodle', 0.3, 'ground', ['meadow', 'city', 'living room'], {
    synonyms: [['dog', 'dogs']],
  }),
  iconKind('cat', 'cat', 0.28, 'ground', ['meadow', 'farm', 'city', 'living room'], { dye: cat, sits: true }),
  iconKind('horse', 'horse', 0.42, 'ground', ['meadow', 'farm', 'beach', 'mountains'], { dye: horse }),
  iconKind('cow', 'cow', 0.4, 'ground', [...country, 'mountains']),
  iconKind('pig', 'pig', 0.3, 'ground', country),
  iconKind('sheep|sheep', 'ewe', 0.3, 'ground', [...country, 'mountains']),
  iconKind('goat', 'goat', 0.33, 'ground', [...country, 'mountains']),
  iconKind('rabbit', 'rabbit', 0.25, 'ground', ['meadow', 'forest', 'winter'], {
    synonyms: [['bunny', 'bunnies']],
  }),
  iconKind('rooster', 'rooster', 0.27, 'ground', country),
  iconKind('chick', 'baby-chick', 0.18, 'ground', country),
  iconKind('goose|geese', 'goose', 0.29, 'ground', [...country, 'lake']),
  iconKind('duck', 'duck', 0.25, 'ground', ['lake', 'farm']),
  iconKind('turkey', 'turkey', 0.29, 'ground', ['farm']),
  iconKind('donkey', 'donkey', 0.38, 'ground', country),
  iconKind('elephant', 'elephant', 0.5, 'ground', plains),
  iconKind('giraffe', 'giraffe', 0.58, 'ground', plains),
  iconKind('zebra', 'zebra', 0.42, 'ground', plains),
  iconKind('tiger', 'tiger', 0.34, 'ground', ['forest']),
  iconKind('leopard', 'leopard', 0.33, 'ground', plains),
  iconKind('rhinoceros|rhinoceroses', 'rhinoceros', 0.4, 'ground', plains, {
    synonyms: [['rhino', 'rhinos']],
  }),
  iconKind('hippopotamus|hippopotamuses', 'hippopotamus', 0.36, 'ground', plains, {
    synonyms: [['hippo', 'hippos']],
  }),
  iconKind('kangaroo', 'kangaroo', 0.4, 'ground', ['desert']),
  iconKind('camel', 'camel', 0.44, 'ground', ['desert']),
  iconKind('llama', 'llama', 0.42, 'ground', ['mountains', 'farm']),
  iconKind('scorpion', 'scorpion', 0.2, 'ground', ['desert']),
  iconKind('lizard', 'lizard', 0.21, 'ground', ['desert']),
  iconKind('deer|deer', 'deer', 0.42, 'ground', [...wild, 'winter']),
  iconKind('hedgehog', 'hedgehog', 0.2, 'ground', ['forest', 'meadow']),
  iconKind('squirrel', 'chipmunk', 0.24, 'ground', ['forest']),
  iconKind('raccoon', 'raccoon', 0.25, 'ground', ['forest', 'city']),
  iconKind('badger', 'badger', 0.25, 'ground', ['forest']),
  iconKind('skunk', 'skunk', 0.26, 'ground', ['forest']),
  iconKind('beaver', 'beaver', 0.27, 'ground', ['lake', 'forest']),
  iconKind('bison|bison', 'bison', 0.42, 'ground', ['mountains', 'winter']),
  iconKind('mammoth', 'mammoth', 0.5, 'ground', ['winter']),
  iconKind('gorilla', 'gorilla', 0.4, 'ground', ['forest']),
  iconKind('monkey', 'monkey', 0.32, 'ground', ['forest'], { sits: true }),
  iconKind('penguin', 'penguin', 0.3, 'ground', ['winter']),
  iconKind('seal', 'seal', 0.3, 'ground', ['winter', 'beach']),
  iconKind('owl', 'owl', 0.28, 'ground', ['forest', 'night sky']),
  iconKind('peacock', 'peacock', 0.36, 'ground', ['meadow']),
  iconKind('flamingo', 'flamingo', 0.38, 'ground', ['lake', 'beach', 'savanna']),
  iconKind('crab', 'crab', 0.2, 'ground', ['beach', 'underwater']),
  iconKind('lobster', 'lobster', 0.27, 'ground', deep),
  iconKind('snail', 'snail', 0.2, 'ground', ['forest', 'meadow']),
  iconKind('turtle', 'turtle', 0.24, 'ground', ['beach', 'lake']),
  iconKind('crocodile', 'crocodile', 0.34, 'ground', ['lake', 'savanna']),
  iconKind('dinosaur', 't-rex', 0.45, 'ground', ['desert', 'forest'], { countMax: 3 }),
  iconKind('bird', 'bird', 0.23, 'ground', ['meadow', 'forest', 'winter', 'city', 'farm'], {
    dye: bird,
    sits: true,
  }),
  iconKind('parrot', 'parrot', 0.28, 'ground', ['forest', 'living room'], { sits: true }),
  iconKind('mouse|mice', 'mouse', 0.16, 'ground', ['farm', 'living room'], { countMax: 4 }),

  iconKind('eagle', 'eagle', 0.27, 'air', ['mountains', 'desert', 'lake', 'forest'], flying),
  iconKind('dove', 'dove', 0.2, 'air', ['city', 'meadow', 'sea', 'farm'], flying),
  iconKind('bat', 'bat', 0.21, 'air', ['night sky'], flying),
  iconKind('butterfly|butterflies', 'butterfly', 0.21, 'air', ['meadow', 'farm', 'forest'], {
    ...flying,
    dye: butterfly,
  }),
  iconKind('bee', 'honeybee', 0.18, 'air', ['meadow', 'farm'], flying),

  iconKind('swan', 'swan', 0.25, 'water', ['lake'], swimming),
  iconKind('whale', 'spouting-whale', 0.36, 'water', ['sea'], { countMax: 3 }),
  iconKind('dolphin', 'dolphin', 0.28, 'water', ['sea'], { doing: 'jumping' }),

  iconKind('fish|fish', 'fish', 0.23, 'deep', deep, { ...swimming, dye: fish }),
  iconKind('striped fish|striped fish', 'tropical-fish', 0.25, 'deep', deep, {
    ...swimming,
    synonyms: [['tropical fish', 'tropical fish']],
  }),
  iconKind('octopus|octopuses', 'octopus', 0.34, 'deep', deep, { countMax: 3 }),
  iconKind('jellyfish|jellyfish', 'jellyfish', 0.3, 'deep', deep),
  iconKind('squid|squid', 'squid', 0.3, 'deep', deep, { countMax: 3 }),
  iconKind('shark', 'shark', 0.38, 'deep', deep, { ...swimming, countMax: 3 }),
  iconKind('pufferfish|pufferfish', 'blowfish', 0.24, 'deep', deep, swimming),
  iconKind('sea turtle', 'turtle', 0.27, 'deep', deep, { ...swimming, synonyms: [['turtle', 'turtles']] }),
];
