/**
 * A naive reader of captions: finds phrases, counts, colours and relations with regular expressions and asks the
 * scene whether they are so. It shares the catalogue's words with the writer of captions and none of its code.
 * Source: our own. Deviation: none.
 */
import { kinds, kindNamed, type Kind } from '../../../scripts/demo-album/catalogue/index.ts';
import { colourNames } from '../../../scripts/demo-album/colours.ts';
import type { Scene, SceneObject } from '../../../scripts/demo-album/index.ts';

const numbers: Readonly<Record<string, number>> = { a: 1, an: 1, two: 2, three: 3, four: 4, five: 5 };
const sizes: Readonly<Record<string, string>> = { big: 'big', large: 'big', small: 'small', little: 'small' };

const nounsOf = (kind: Kind): string[] => [kind.noun, ...kind.synonyms, ...kind.agents].flat();
const longestFirst = (words: readonly string[]): string =>
  [...new Set(words)].toSorted((a, b) => b.length - a.length).join('|');
const actionsOf = (kind: Kind): string[] =>
  [kind.doing, kind.doingTogether].filter((words) => words !== null);

const colours = colourNames.join('|');
const phrase = new RegExp(
  `\\b(?<number>${Object.keys(numbers).join('|')}) (?:(?<size>${Object.keys(sizes).join('|')}) )?` +
    `(?:(?<colour>${colours}) )?(?<noun>${longestFirst(kinds.flatMap(nounsOf))})\\b` +
    `(?: in (?:an? )?(?<wornColour>${colours}) (?<worn>shirts?|dress(?:es)?)\\b)?` +
    `(?: (?:(?:is|are) )?(?<action>${longestFirst(kinds.flatMap(actionsOf))})\\b)?`,
  'g',
);

/** What a caption claims that the scene does not grant; empty if all is well. */
export function falseClaims(text: string, scene: Scene): string[] {
  const found = [...text.matchAll(phrase)];
  const objects = found.map((match) => scene.objects.find((object) => describes(match.groups ?? {}, object)));
  const problems = found
    .filter((_match, index) => objects[index] === undefined)
    .map(([words]) => `no "${words}"`);
  for (const [index, match] of found.entries()) {
    const [a, b, next] = [objects[index], objects[index + 1], found[index + 1]];
    if (next === undefined || a === undefined || b === undefined) continue;
    const between = text.slice(match.index + match[0].length, next.index).trim();
    if (!holds(between, a, b)) problems.push(`"${between}" does not hold in "${text}"`);
  }
  const rest = text.replaceAll(phrase, '').split(/[ ,]+/);
  const strays = rest.filter((word) => [...colourNames, 'two', 'three', 'four', 'five'].includes(word));
  problems.push(...strays.map((word) => `"${word}" belongs to nothing`));
  problems.push(...falseCircumstances(text, scene));
  return problems;
}

/** The number of things a caption names. */
export function phrasesIn(text: string): number {
  return [...text.matchAll(phrase)].length;
}

function describes(groups: Readonly<Record<string, string | undefined>>, object: SceneObject): boolean {
  const kind = kindNamed(object.name);
  const { number = '', size, colour, noun = '', wornColour, worn, action } = groups;
  const count = object.placements.length;
  const form = count === 1 ? 0 : 1;
  const forms = [kind.noun, ...kind.synonyms, ...kind.agents].map((nouns) => nouns[form]);
  const actions = [null, undefined, count === 1 ? kind.doing : (kind.doingTogether ?? kind.doing)];
  const garment = kind.dye?.worn?.[form];
  return (
    numbers[number] === count &&
    forms.includes(noun) &&
    (size === undefined ? true : sizes[size] === object.size) &&
    (colour ?? wornColour ?? null) === object.colour &&
    (garment === undefined) === (wornColour === undefined) &&
    (worn === undefined || worn === garment) &&
    actions.includes(action)
  );
}

interface Edges {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function edges(object: SceneObject): Edges {
  const boxes = object.placements.map(({ box }) => box);
  return {
    left: Math.min(...boxes.map(({ x }) => x)),
    right: Math.max(...boxes.map(({ x, width }) => x + width)),
    top: Math.min(...boxes.map(({ y }) => y)),
    bottom: Math.max(...boxes.map(({ y, height }) => y + height)),
  };
}

/** Everything between two things: a joining word, or a relation of all boxes of the one to all boxes of the other. */
function holds(words: string, a: SceneObject, b: SceneObject): boolean {
  const [one, other] = [edges(a), edges(b)];
  const crosses = one.left < other.right && other.left < one.right;
  const isOver = (upper: Edges, lower: Edges): boolean =>
    crosses && upper.top < lower.top && (upper.bottom + upper.top) / 2 < lower.bottom;
  switch (words) {
    case ',':
    case 'and':
      return true;
    case 'left of':
    case 'to the left of':
      return one.right <= other.left + TOLERANCE;
    case 'right of':
    case 'to the right of':
      return other.right <= one.left + TOLERANCE;
    case 'above':
    case 'over':
      return crosses && one.bottom <= other.top + TOLERANCE;
    case 'on':
    case 'on top of':
      return isOver(one, other) && one.bottom > other.top && one.bottom < other.bottom;
    case 'below':
    case 'under':
      return isOver(other, one);
    default:
      return false;
  }
}

/** Boxes are rounded to tenths of a pixel, twice. */
const TOLERANCE = 0.21;

/** Words for hour, weather and place, each with what the scene must be. */
const circumstances: readonly (readonly [words: RegExp, isTrue: (scene: Scene) => boolean])[] = [
  [/\brain/, ({ weather }) => weather === 'rainy'],
  [/while it snows|falling snow|snowy (?:day|morning|evening|night)/, ({ weather }) => weather === 'snowy'],
  [/fog|mist/, ({ weather }) => weather === 'foggy'],
  [/cloud|overcast/, ({ weather }) => weather === 'cloudy'],
  [/sunny|on a clear/, ({ weather }) => weather === 'clear'],
  [/morning/, ({ time }) => time === 'morning'],
  [/midday|day\b|daytime|by day/, ({ time }) => time === 'noon'],
  [/sunset|dusk/, ({ time }) => time === 'sunset'],
  [/evening/, ({ time, weather }) => time === 'sunset' || (time === 'night' && weather === null)],
  [/\bat night|\bnight\b|in the dark|star/, ({ time }) => time === 'night'],
  [/beach/, ({ background }) => background === 'beach'],
  [/\blake\b/, ({ background }) => background === 'lake'],
  [/at sea|open sea|ocean/, ({ background }) => background === 'sea'],
  [/under water|bottom of the sea|deep sea/, ({ background }) => background === 'underwater'],
  [/meadow/, ({ background }) => background === 'meadow'],
  [/\bfarm\b/, ({ background }) => background === 'farm'],
  [/forest|woods/, ({ background }) => background === 'forest'],
  [/mountain/, ({ background }) => background === 'mountains'],
  [/on the snow|over the snow|snowy field|winter/, ({ background }) => background === 'winter'],
  [/city|town|street/, ({ background }) => background === 'city'],
  [/desert|dunes/, ({ background }) => background === 'desert'],
  [/savanna|dry grassland/, ({ background }) => background === 'savanna'],
  [/starry|night sky|the stars/, ({ background }) => background === 'night sky'],
  [/living room/, ({ background }) => background === 'living room'],
  [/kitchen/, ({ background }) => background === 'kitchen'],
];

function falseCircumstances(text: string, scene: Scene): string[] {
  return circumstances
    .filter(([words, isTrue]) => words.test(text) && !isTrue(scene))
    .map(([words]) => `${words.source} is said of ${scene.background}, ${scene.time}, ${scene.weather}`);
}
