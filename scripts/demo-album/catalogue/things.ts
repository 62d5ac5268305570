/**
 * Vehicles, buildings, plants, toys, food and furniture of the album.
 * Source: names follow the icon set; sizes and homes are our own. Deviation: none.
 */
import { drawnKind, iconKind, type BackgroundName, type Dye, type Kind } from './kind.ts';
import type { ColourName } from '../colours.ts';

const road: readonly BackgroundName[] = ['city'];
const roads: readonly BackgroundName[] = ['city', 'desert', 'farm'];
const openSky: readonly BackgroundName[] = [
  'sea',
  'beach',
  'lake',
  'meadow',
  'farm',
  'mountains',
  'city',
  'desert',
];
const highSky: readonly BackgroundName[] = ['sea', 'mountains', 'city', 'desert', 'savanna', 'night sky'];
const floor: readonly BackgroundName[] = ['living room'];
const table: readonly BackgroundName[] = ['kitchen'];
const trees: readonly BackgroundName[] = ['meadow', 'farm', 'lake'];

const vivid: readonly ColourName[] = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink'];
const coats: readonly ColourName[] = [...vivid, 'white', 'black'];

function dyed(main: string, colours: readonly ColourName[] = vivid): { dye: Dye } {
  return { dye: { main, colours, worn: null } };
}

const flying = { doing: 'flying' };

const vehicles: readonly Kind[] = [
  iconKind('car', 'automobile', 0.3, 'ground', roads, dyed('#f92612', coats)),
  iconKind(
    'jeep',
    'sport-utility-vehicle',
    0.32,
    'ground',
    [...roads, 'mountains', 'savanna'],
    dyed('#1d86fb', coats),
  ),
  iconKind('pickup truck', 'pickup-truck', 0.31, 'ground', roads, dyed('#ee3e23', coats)),
  iconKind('racing car', 'racing-car', 0.24, 'ground', road, dyed('#ff2a23')),
  iconKind('taxi', 'taxi', 0.31, 'ground', road),
  iconKind('police car', 'police-car', 0.31, 'ground', road),
  iconKind('fire engine', 'fire-engine', 0.36, 'ground', road, { synonyms: [['fire truck', 'fire trucks']] }),
  iconKind('ambulance', 'ambulance', 0.34, 'ground', road),
  iconKind('bus|buses', 'bus', 0.36, 'ground', road),
  iconKind('delivery truck', 'delivery-truck', 0.35, 'ground', road, { synonyms: [['truck', 'trucks']] }),
  iconKind(
    'tractor',
    'tractor',
    0.36,
    'ground',
    ['farm', 'meadow'],
    dyed('#02ab47', ['red', 'green', 'blue', 'yellow']),
  ),
  iconKind('steam train', 'locomotive', 0.4, 'ground', ['mountains', 'farm'], { countMax: 1 }),
  iconKind('motorcycle', 'motorcycle', 0.28, 'ground', roads, {
    ...dyed('#dc0d2a', ['red', 'blue', 'green', 'purple', 'orange']),
    synonyms: [['motorbike', 'motorbikes']],
  }),
  iconKind('bicycle', 'bicycle', 0.3, 'ground', ['city', 'meadow', 'beach', 'lake'], {
    synonyms: [['bike', 'bikes']],
  }),
  iconKind('scooter', 'kick-scooter', 0.3, 'ground', road, dyed('#1976d2')),
  iconKind('sailboat', 'sailboat', 0.36, 'water', ['sea', 'lake', 'beach'], {
    ...dyed('#f4511e'),
    doing: 'sailing',
    synonyms: [['sailing boat', 'sailing boats']],
  }),
  iconKind('speedboat', 'speedboat', 0.19, 'water', ['sea', 'lake'], dyed('#f4511e')),
  iconKind('canoe', 'canoe', 0.19, 'water', ['lake']),
  iconKind('ship', 'ship', 0.38, 'water', ['sea'], {
    ...dyed('#bc0f20', ['red', 'blue', 'green']),
    countMax: 3,
  }),
  iconKind('ferry|ferries', 'ferry', 0.36, 'water', ['sea'], { countMax: 3 }),
  iconKind('airplane', 'airplane', 0.29, 'air', highSky, { ...flying, synonyms: [['plane', 'planes']] }),
  iconKind('helicopter', 'helicopter', 0.27, 'air', highSky, {
    ...flying,
    ...dyed('#ffa62d', ['yellow', 'red', 'green', 'blue']),
  }),
  iconKind('rocket', 'rocket', 0.32, 'air', ['night sky'], flying),
  iconKind('flying saucer', 'flying-saucer', 0.3, 'air', ['night sky'], {
    synonyms: [['spaceship', 'spaceships']],
  }),
  iconKind('parachute', 'parachute', 0.32, 'air', ['sea', 'desert', 'mountains', 'meadow'], { countMax: 3 }),
  iconKind('balloon', 'balloon', 0.3, 'air', [...openSky, 'winter', 'night sky'], dyed('#f44336')),
  drawnKind('hot air balloon', 'hot-air-balloon', 0.4, 'air', [...openSky, 'savanna', 'night sky'], {
    ...dyed('#e0352c'),
    doing: 'floating',
  }),
  drawnKind('kite', 'kite', 0.3, 'air', ['beach', 'meadow', 'sea', 'farm', 'lake'], {
    ...flying,
    ...dyed('#e0352c'),
  }),
];

const outdoors: readonly Kind[] = [
  drawnKind('house', 'house', 0.42, 'ground', ['meadow', 'mountains', 'winter', 'lake'], {
    ...dyed('#e0352c', ['red', 'yellow', 'green', 'blue', 'purple', 'pink', 'white']),
    countMax: 3,
  }),
  iconKind('church|churches', 'church', 0.5, 'ground', ['mountains', 'meadow', 'winter'], { countMax: 2 }),
  iconKind('castle', 'castle', 0.5, 'ground', ['meadow', 'mountains', 'forest', 'desert'], { countMax: 1 }),
  iconKind('lighthouse', 'lighthouse', 0.55, 'ground', ['beach'], { countMax: 1 }),
  iconKind('hut', 'hut', 0.38, 'ground', ['savanna', 'beach'], { countMax: 3 }),
  iconKind('tent', 'tent', 0.3, 'ground', ['forest', 'meadow', 'lake', 'mountains', 'desert', 'night sky'], {
    ...dyed('#f19f40'),
    countMax: 3,
  }),
  iconKind('fountain', 'fountain', 0.42, 'ground', road, { countMax: 1 }),
  iconKind('ferris wheel', 'ferris-wheel', 0.58, 'ground', ['beach', 'meadow'], { countMax: 1 }),
  iconKind('tree', 'deciduous-tree', 0.46, 'ground', [...trees, 'city'], { countMax: 4 }),
  iconKind('palm tree', 'palm-tree', 0.48, 'ground', ['beach', 'desert'], { synonyms: [['palm', 'palms']] }),
  iconKind('pine tree', 'evergreen-tree', 0.46, 'ground', ['lake', 'meadow'], {
    synonyms: [['fir tree', 'fir trees']],
  }),
  iconKind('christmas tree', 'christmas-tree', 0.5, 'ground', ['winter', 'living room', 'city'], {
    countMax: 2,
  }),
  iconKind('cactus|cacti', 'cactus', 0.4, 'ground', ['desert']),
  iconKind('mushroom', 'mushroom', 0.22, 'ground', ['forest']),
  iconKind('sunflower', 'sunflower', 0.32, 'ground', ['meadow', 'farm']),
  iconKind(
    'tulip',
    'tulip',
    0.27,
    'ground',
    ['meadow', 'farm'],
    dyed('#eb4e9d', ['red', 'yellow', 'pink', 'purple', 'orange', 'white']),
  ),
  iconKind('pumpkin', 'jack-o-lantern', 0.23, 'ground', ['farm', 'forest', 'night sky']),
  iconKind('snowman|snowmen', 'snowman-without-snow', 0.36, 'ground', ['winter']),
  iconKind('sled', 'sled', 0.22, 'ground', ['winter'], { synonyms: [['sledge', 'sledges']] }),
  iconKind('parasol', 'umbrella-on-ground', 0.38, 'ground', ['beach'], {
    dye: { ...dyed('#ee5948', ['red', 'blue', 'green', 'purple', 'pink']).dye, reachRadians: 0.3 },
    synonyms: [['beach umbrella', 'beach umbrellas']],
    countMax: 3,
  }),
  iconKind('umbrella', 'umbrella', 0.3, 'ground', ['city', 'beach', 'meadow'], dyed('#6e62ed', coats)),
  drawnKind('ball', 'ball', 0.18, 'ground', ['beach', 'meadow', 'living room', 'farm'], {
    ...dyed('#e0352c'),
    sits: true,
  }),
  iconKind('soccer ball', 'soccer-ball', 0.18, 'ground', ['meadow', 'city'], {
    synonyms: [['football', 'footballs']],
  }),
  iconKind('basketball', 'basketball', 0.18, 'ground', road),
  iconKind(
    'bucket',
    'bucket',
    0.2,
    'ground',
    ['beach', 'farm'],
    dyed('#03a9f4', ['blue', 'red', 'green', 'yellow', 'pink']),
  ),
  iconKind('backpack', 'backpack', 0.25, 'ground', ['forest', 'mountains', 'living room', 'lake'], {
    ...dyed('#f44336'),
    sits: true,
  }),
  iconKind('shell', 'spiral-shell', 0.17, 'ground', ['beach', 'underwater']),
];

const indoors: readonly Kind[] = [
  drawnKind('sofa', 'sofa', 0.34, 'ground', floor, {
    ...dyed('#e0352c', [...vivid, 'grey']),
    synonyms: [['couch', 'couches']],
    countMax: 1,
    shelf: { top: 0.56, left: 0.2, right: 0.8 },
  }),
  drawnKind('table', 'table', 0.27, 'ground', floor, {
    countMax: 1,
    shelf: { top: 0.06, left: 0.05, right: 0.95 },
  }),
  iconKind(
    'chair',
    'chair',
    0.36,
    'ground',
    floor,
    dyed('#ba793e', ['brown', 'red', 'green', 'blue', 'white']),
  ),
  iconKind('television', 'television', 0.32, 'ground', floor, { synonyms: [['TV', 'TVs']], countMax: 1 }),
  iconKind('guitar', 'guitar', 0.36, 'ground', floor, {
    ...dyed('#f44336', ['red', 'blue', 'green', 'purple', 'black']),
    countMax: 3,
  }),
  iconKind('teddy bear', 'teddy-bear', 0.26, 'ground', floor, { sits: true }),
  iconKind('gift', 'wrapped-gift', 0.22, 'ground', [...floor, 'winter'], {
    synonyms: [['present', 'presents']],
    sits: true,
  }),
  iconKind('potted plant', 'potted-plant', 0.32, 'ground', floor, {
    synonyms: [['plant', 'plants']],
    sits: true,
  }),
  iconKind('drum', 'drum', 0.28, 'ground', floor, dyed('#e63f33', ['red', 'blue', 'green', 'purple'])),
  iconKind('violin', 'violin', 0.3, 'ground', floor, { countMax: 2 }),
  iconKind('hat', 'billed-cap', 0.17, 'table', table, {
    ...dyed('#2196f3'),
    synonyms: [['cap', 'caps']],
    sits: true,
  }),
  iconKind('book', 'blue-book', 0.23, 'table', table, { ...dyed('#0091ea'), sits: true }),
  iconKind('laptop', 'laptop', 0.3, 'table', table, { countMax: 1, sits: true }),
  iconKind('alarm clock', 'alarm-clock', 0.25, 'table', table, {
    ...dyed('#ff4638', ['red', 'blue', 'green', 'purple', 'pink']),
    synonyms: [['clock', 'clocks']],
    sits: true,
  }),
  iconKind('candle', 'candle', 0.28, 'table', table, { sits: true }),
  iconKind('telephone', 'telephone', 0.23, 'table', table, {
    ...dyed('#f44336', ['red', 'blue', 'green', 'black', 'white']),
    countMax: 2,
  }),
];

const food: readonly Kind[] = [
  iconKind('apple', 'red-apple', 0.22, 'table', table, {
    ...dyed('#ff5117', ['red', 'yellow', 'green']),
    sits: true,
  }),
  iconKind('pear', 'pear', 0.24, 'table', table),
  iconKind('lemon', 'lemon', 0.19, 'table', table),
  iconKind('strawberry|strawberries', 'strawberry', 0.19, 'table', table),
  iconKind('tomato|tomatoes', 'tomato', 0.2, 'table', table),
  iconKind('carrot', 'carrot', 0.24, 'table', table),
  iconKind('pineapple', 'pineapple', 0.34, 'table', table),
  iconKind('watermelon slice', 'watermelon', 0.24, 'table', table),
  iconKind('pizza slice', 'pizza', 0.26, 'table', table, {
    synonyms: [['slice of pizza', 'slices of pizza']],
  }),
  iconKind('hamburger', 'hamburger', 0.25, 'table', table, { synonyms: [['burger', 'burgers']] }),
  iconKind('birthday cake', 'birthday-cake', 0.34, 'table', table, {
    synonyms: [['cake', 'cakes']],
    countMax: 2,
    sits: true,
  }),
  iconKind('cupcake', 'cupcake', 0.24, 'table', table),
  iconKind('doughnut', 'doughnut', 0.22, 'table', table, { synonyms: [['donut', 'donuts']] }),
  iconKind('cookie', 'cookie', 0.19, 'table', table),
  iconKind('croissant', 'croissant', 0.21, 'table', table),
  iconKind('loaf of bread|loaves of bread', 'bread', 0.24, 'table', table, { countMax: 3 }),
  iconKind('sundae', 'ice-cream', 0.29, 'table', table, {
    synonyms: [['bowl of ice cream', 'bowls of ice cream']],
  }),
  iconKind('cup of coffee|cups of coffee', 'hot-beverage', 0.24, 'table', table, {
    synonyms: [['hot drink', 'hot drinks']],
    sits: true,
  }),
  iconKind('glass of wine|glasses of wine', 'wine-glass', 0.3, 'table', table),
  iconKind('glass of milk|glasses of milk', 'glass-of-milk', 0.26, 'table', table),
  iconKind('teapot', 'teapot', 0.26, 'table', table, { ...dyed('#ee5a46', [...vivid, 'white']), sits: true }),
  iconKind('bowl', 'bowl-with-spoon', 0.2, 'table', table, dyed('#1d89fe')),
];

export const things: readonly Kind[] = [...vehicles, ...outdoors, ...indoors, ...food];
