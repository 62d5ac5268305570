/**
 * Kinds that one word could cover. They never share a scene, so that "two birds" has one truth.
 * Source: our own. Deviation: none.
 */

/** Names of kinds, or singular nouns for all kinds that share them. */
export const families: readonly (readonly string[])[] = [
  [
    'car',
    'jeep',
    'taxi',
    'police car',
    'racing car',
    'pickup truck',
    'delivery truck',
    'ambulance',
    'fire engine',
    'bus',
  ],
  [
    'bird',
    'dove',
    'eagle',
    'owl',
    'parrot',
    'duck',
    'goose',
    'swan',
    'rooster',
    'chick',
    'turkey',
    'penguin',
    'peacock',
    'flamingo',
  ],
  ['tree', 'pine tree', 'palm tree', 'christmas tree', 'potted plant'],
  ['dog', 'poodle'],
  ['sailboat', 'speedboat', 'canoe', 'ship', 'ferry', 'man rowing a boat'],
  ['airplane', 'helicopter', 'rocket', 'flying saucer'],
  ['ball', 'soccer ball', 'basketball'],
  ['fish', 'striped fish', 'pufferfish', 'jellyfish', 'shark'],
  ['balloon', 'hot air balloon'],
  ['man', 'woman', 'person'],
  ['bicycle', 'motorcycle', 'scooter', 'man riding a bicycle', 'woman riding a bicycle'],
  ['horse', 'donkey', 'zebra', 'person riding a horse'],
  ['umbrella', 'parasol'],
  ['cow', 'bison'],
  ['house', 'hut', 'castle', 'church', 'tent'],
  ['birthday cake', 'cupcake'],
  ['sunflower', 'tulip'],
  ['elephant', 'mammoth'],
  ['cat', 'tiger', 'leopard'],
  ['turtle', 'sea turtle'],
];
