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
  const place = placeWords(scene, scene.objects, random);
  const condition = conditionWords(scene, random);
  const list = joined(scene.objects.map((object) => nounPhrase(object, random, 'with action')));
  switch (wording) {
    case 'list with place':
      return `${list} ${place}`;
    case 'list with place and hour':
      return [list, place, condition].filter((part) => part !== null).join(' ');
    case 'hour first':
      return condition === null ? null : `${condition}, ${list} ${place}`;
    case 'there is':
      return `there ${scene.objects[0]?.count === 1 ? 'is' : 'are'} ${list} ${place}`;
    case 'setting first':
      return settingFirst(settingWords(scene, random), list, condition);
    case 'sentence':
      return sentence(scene, random);
    case 'relation':
    case 'relation reversed': {
      const relation = scene.relations.length === 0 ? undefined : random.pick(scene.relations);
      if (relation === undefined) return null;
      const phrase = relationPhrase(scene, relation, wording === 'relation reversed', random);
      return random.chance(0.5) ? phrase : `${phrase} ${placeWords(scene, partners(scene, relation), random)}`;
    }
    case 'one motif': {
      const object = random.pick(scene.objects);
      return `${nounPhrase(object, random, 'with action')} ${placeWords(scene, [object], random)}`;
    }
  }
}

/** "three red cars", "a man in a blue shirt running"; every word is true of the object. */
export function nounPhrase(object: SceneObject, random: Random, style: 'with action' | 'bare' = 'bare'): string {
  const kind = kindNamed(object.name);
  const noun = nounFor(kind, object.count, random);
  const isWorn = kind.dye?.worn != null;
  const words = [
    object.size === null ? null : sizeWord(object.size, random),
    object.colour === null || isWorn ? null : object.colour,
    noun,
  ];
  const worn = object.colour !== null && isWorn ? wornWords(kind, object) : null;
  const action = kind.doing !== null && (style === 'with action' || needsAction(kind)) ? kind.doing : null;
  const phrase = [...words, worn, action].filter((word) => word !== null).join(' ');
  return object.count === 1 ? `${article(phrase)} ${phrase}` : `${numberWords[object.count] ?? object.count} ${phrase}`;
}

/** A relation in words; reversed, the other thing is the subject: "b to the right of a". */
export function relationPhrase(scene: Scene, relation: Relation, isReversed: boolean, random: Random): string {
  const [subject, object] = partners(scene, relation);
  if (subject === undefined || object === undefined) throw new RangeError('a relation names objects the scene does not have');
  const [a, b] = [nounPhrase(subject, random), nounPhrase(object, random)];
  const words = relationWords[relation.relation];
  return isReversed ? `${b} ${random.pick(words.reversed)} ${a}` : `${a} ${random.pick(words.forward)} ${b}`;
}

const relationWords: Readonly<Record<Relation['relation'], { forward: readonly string[]; reversed: readonly string[] }>> = {
  'left of': { forward: ['to the left of', 'left of'], reversed: ['to the right of', 'right of'] },
  above: { forward: ['above', 'over'], reversed: ['below', 'under'] },
  on: { forward: ['on', 'on top of'], reversed: ['under'] },
};

const numberWords = ['no', 'one', 'two', 'three', 'four', 'five'] as const;

function partners(scene: Scene, relation: Relation): SceneObject[] {
  return [scene.objects[relation.subject], scene.objects[relation.object]].filter((object) => object !== undefined);
}

/** Synonyms now and then, the usual noun mostly. */
function nounFor(kind: Kind, count: number, random: Random): string {
  const nouns: readonly Noun[] = [kind.noun, ...kind.synonyms];
  const isUsual = random.chance(0.75);
  const [singular, plural] = isUsual ? kind.noun : random.pick(nouns);
  return count === 1 ? singular : plural;
}

function wornWords(kind: Kind, object: SceneObject): string {
  const garment = kind.dye?.worn ?? '';
  return object.count === 1 ? `in ${article(object.colour ?? '')} ${object.colour} ${garment}` : `in ${object.colour} ${garment}s`;
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

/** "two women are running on the beach": the first object that does something, else "can be seen". */
function sentence(scene: Scene, random: Random): string | null {
  const object = scene.objects.find((candidate) => kindNamed(candidate.name).doing !== null) ?? scene.objects[0];
  if (object === undefined) return null;
  const kind = kindNamed(object.name);
  const bare = nounPhrase(object, random);
  const place = placeWords(scene, [object], random);
  const verb = object.count === 1 ? 'is' : 'are';
  if (kind.doing === null) return null;
  const subject = bare.endsWith(` ${kind.doing}`) ? bare.slice(0, -kind.doing.length - 1) : bare;
  return `${subject} ${verb} ${kind.doing} ${place}`;
}
