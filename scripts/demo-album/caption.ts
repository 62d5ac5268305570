/**
 * Puts a scene into words. Whatever a caption says is entailed by the scene; it may leave things out, never add.
 * Source: our own. Deviation: none.
 */
import { kindNamed, type Kind, type Noun } from './catalogue/index.ts';
import { conditionWords, placeWords, settingWords, type SettingWords } from './setting.ts';
import { randomStream, type Random } from './random.ts';
import type { Relation, Scene, SceneObject } from './scene.ts';

/** The ways a sentence may be built; a trainer asks for one by name, an album takes several. */
export type Wording =
  | 'list with place'
  | 'list with place and hour'
  | 'hour first'
  | 'there is'
  | 'setting first'
  | 'sentence'
  | 'relation'
  | 'relation reversed'
  | 'one motif';

const wordings: readonly Wording[] = [
  'list with place',
  'list with place and hour',
  'hour first',
  'there is',
  'setting first',
  'sentence',
  'relation',
  'relation reversed',
  'one motif',
];

const CAPTIONS_MAX = 6;

/** Four to six different captions, lower case, without a full stop; the first one names everything and the place. */
export function captionsOf(scene: Scene): string[] {
  const random = randomStream('captions', scene.seed, scene.index);
  const captions = new Set([caption(scene, 'list with place and hour', random) ?? '']);
  const order = random.shuffled(wordings);
  // Relations are what searches ask for and chance would rarely choose; they go first where there are any.
  for (const wording of ['relation', 'relation reversed', ...order, ...order, ...order] as const) {
    if (captions.size >= CAPTIONS_MAX) break;
    const text = caption(scene, wording, random);
    if (text !== null) captions.add(text);
  }
  return [...captions];
}

/**
 * One caption, or null where the scene has nothing for this wording (no relation, no visible hour).
 * The same scene, wording and random stream give the same words.
 */
export function caption(scene: Scene, wording: Wording, random: Random): string | null {
  const parts = {
    place: placeWords(scene, scene.objects, random),
    condition: conditionWords(scene, random),
    list: joined(scene.objects.map((object) => nounPhrase(object, random, 'with action'))),
  };
  return writers[wording](scene, random, parts);
}

interface Parts {
  readonly place: string;
  readonly condition: string | null;
  /** All things of the scene. */
  readonly list: string;
}

const writers: Readonly<Record<Wording, (scene: Scene, random: Random, parts: Parts) => string | null>> = {
  'list with place': (_scene, _random, { list, place }) => `${list} ${place}`,
  'list with place and hour': (_scene, _random, { list, place, condition }) =>
    [list, place, condition].filter((part) => part !== null).join(' '),
  'hour first': (_scene, _random, { list, place, condition }) =>
    condition === null ? null : `${condition}, ${list} ${place}`,
  'there is': (scene, _random, { list, place }) =>
    `there ${scene.objects[0]?.count === 1 ? 'is' : 'are'} ${list} ${place}`,
  'setting first': (scene, random, { list, condition }) =>
    settingFirst(settingWords(scene, random), list, condition),
  sentence: (scene, random) => sentence(scene, random),
  relation: (scene, random) => relationSentence(scene, false, random),
  'relation reversed': (scene, random) => relationSentence(scene, true, random),
  'one motif': (scene, random) => {
    const object = random.pick(scene.objects);
    return `${nounPhrase(object, random, 'with action')} ${placeWords(scene, [object], random)}`;
  },
};

function relationSentence(scene: Scene, isReversed: boolean, random: Random): string | null {
  if (scene.relations.length === 0) return null;
  const relation = random.pick(scene.relations);
  const phrase = relationPhrase(scene, relation, isReversed, random);
  return random.chance(0.5) ? phrase : `${phrase} ${placeWords(scene, partners(scene, relation), random)}`;
}

/** "three red cars", "a man in a blue shirt running"; every word is true of the object. */
export function nounPhrase(
  object: SceneObject,
  random: Random,
  style: 'with action' | 'bare' = 'bare',
): string {
  const kind = kindNamed(object.name);
  const [noun, saysAction] = nounFor(kind, object.count, random);
  const isWorn = (kind.dye?.worn ?? null) !== null;
  const words = [
    object.size === null ? null : sizeWord(object.size, random),
    object.colour === null || isWorn ? null : object.colour,
    noun,
  ];
  const worn = object.colour !== null && isWorn ? wornWords(kind, object) : null;
  const isActive = !saysAction && (style === 'with action' || needsAction(kind));
  const action = isActive ? doingOf(kind, object.count) : null;
  const phrase = [...words, worn, action].filter((word) => word !== null).join(' ');
  return object.count === 1
    ? `${article(phrase)} ${phrase}`
    : `${numberWords[object.count] ?? object.count} ${phrase}`;
}

/** A relation in words; reversed, the other thing is the subject: "b to the right of a". */
export function relationPhrase(
  scene: Scene,
  relation: Relation,
  isReversed: boolean,
  random: Random,
): string {
  const [subject, object] = partners(scene, relation);
  if (subject === undefined || object === undefined)
    throw new RangeError('a relation names objects the scene does not have');
  const [a, b] = [nounPhrase(subject, random), nounPhrase(object, random)];
  const words = relationWords[relation.relation];
  return isReversed ? `${b} ${random.pick(words.reversed)} ${a}` : `${a} ${random.pick(words.forward)} ${b}`;
}

const relationWords: Readonly<
  Record<Relation['relation'], { forward: readonly string[]; reversed: readonly string[] }>
> = {
  'left of': { forward: ['to the left of', 'left of'], reversed: ['to the right of', 'right of'] },
  above: { forward: ['above', 'over'], reversed: ['below', 'under'] },
  on: { forward: ['on', 'on top of'], reversed: ['under'] },
};

const numberWords = ['no', 'one', 'two', 'three', 'four', 'five'] as const;

function partners(scene: Scene, relation: Relation): SceneObject[] {
  return [scene.objects[relation.subject], scene.objects[relation.object]].filter(
    (object) => object !== undefined,
  );
}

/** Synonyms now and then, the usual noun mostly; and whether the noun says the action as well. */
function nounFor(kind: Kind, count: number, random: Random): [noun: string, saysAction: boolean] {
  const nouns: readonly Noun[] = [kind.noun, ...kind.synonyms, ...kind.agents];
  const noun = random.chance(0.75) ? kind.noun : random.pick(nouns);
  return [count === 1 ? noun[0] : noun[1], kind.agents.includes(noun)];
}

function doingOf(kind: Kind, count: number): string | null {
  return count === 1 ? kind.doing : (kind.doingTogether ?? kind.doing);
}

function wornWords(kind: Kind, object: SceneObject): string {
  const [garment, garments] = kind.dye?.worn ?? ['', ''];
  return object.count === 1
    ? `in ${article(object.colour ?? '')} ${object.colour} ${garment}`
    : `in ${object.colour} ${garments}`;
}

/** A person without what they do would be any person. */
function needsAction(kind: Kind): boolean {
  return kind.name !== kind.noun[0];
}

function sizeWord(size: NonNullable<SceneObject['size']>, random: Random): string {
  return size === 'big' ? random.pick(['big', 'large']) : random.pick(['small', 'little']);
}

function article(phrase: string): string {
  return /^[aeiou]/i.test(phrase) ? 'an' : 'a';
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

function settingFirst(setting: SettingWords, list: string, condition: string | null): string {
  return `${[setting, condition].filter((part) => part !== null).join(' ')} with ${list}`;
}

/** "two women are running on the beach", of the first object that does something; null if none does. */
function sentence(scene: Scene, random: Random): string | null {
  const object = scene.objects.find((candidate) => kindNamed(candidate.name).doing !== null);
  if (object === undefined) return null;
  const doing = doingOf(kindNamed(object.name), object.count) ?? '';
  const subject = nounPhrase(object, random, 'with action');
  const place = placeWords(scene, [object], random);
  const verb = object.count === 1 ? 'is' : 'are';
  // "two cyclists": the action is in the noun.
  if (!subject.endsWith(` ${doing}`)) return `${subject} ${verb} ${place}`;
  return `${subject.slice(0, -doing.length - 1)} ${verb} ${doing} ${place}`;
}
