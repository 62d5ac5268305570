/**
 * Draws a scene at random: a place, an hour, one to three groups of things that belong there.
 * A scene depends on the seed, its index and the side of the frame, never on how many are made.
 * Source: our own. Deviation: none.
 */
import { backgrounds, type Time, type Weather } from './backgrounds.ts';
import { colourNames, type ColourName } from './colours.ts';
import { backgroundNames, kindNamed, kinds, type BackgroundName, type Kind } from './catalogue/index.ts';
import { families } from './families.ts';
import { boxOf, layOut, type Frame, type Wanted } from './layout.ts';
import { randomStream, type Random } from './random.ts';
import { relationsBetween, type AlbumSeed, type Scene, type SceneObject, type Size } from './scene.ts';
import { wishFor, type Wish, type WishedThing } from './wishes.ts';

/** The longer side of a frame in pixels unless the caller says otherwise. */
export const SIDE_DEFAULT = 640;

/** All things of a scene together; more would be a crowd nobody counts. */
const THINGS_MAX = 7;
/** Frames that may be tried before a scene counts as impossible; one in a hundred needs more than two. */
const TRIES_MAX = 60;
const countWeights = [0, 50, 20, 14, 9, 7] as const;
const surfaceWeights = { ground: 6, water: 5, air: 4, table: 6, deep: 8 } as const;

interface Group extends Wanted {
  readonly colour: ColourName | null;
}

/**
 * The scene of one index.
 * @param side longer side of the frame, pixels
 */
export function sampleScene(seed: AlbumSeed, index: number, side: number = SIDE_DEFAULT): Scene {
  const random = randomStream('scene', seed, index);
  const wish = wishFor(seed, index);
  for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
    const scene = trySample(seed, index, side, wish, random);
    if (scene !== null) return scene;
  }
  throw new Error(`demo album: scene ${index} of seed ${seed} found no layout in ${TRIES_MAX} tries`);
}

function trySample(
  seed: AlbumSeed,
  index: number,
  side: number,
  wish: Wish | null,
  random: Random,
): Scene | null {
  const frameSize = random.pickWeighted(frameShapes, (shape) => shape.weight);
  const [width, height] = [Math.round(side * frameSize.width), Math.round(side * frameSize.height)];
  const name = wish?.background ?? random.pick(backgroundNames);
  const background = backgrounds[name];
  const frame = { width, height, horizon: Math.round(height * random.between(...background.horizon)) };
  const time = wish?.time ?? weighted<Time>(background.times, random);
  const weather = wish?.weather ?? weighted<Weather>(background.weathers, random);
  const groups =
    wish === null ? sampleGroups(name, random) : wish.things.map((thing) => groupOf(thing, random));
  const layout = layOut(groups, background, frame, random);
  if (layout === null) return null;
  const objects = objectsOf(groups, layout, random);
  const resting = groups.flatMap((group, subject) =>
    group.restsOn === null ? [] : [[subject, group.restsOn] as const],
  );
  const relations = relationsBetween(objects, resting);
  if (wish !== null && !grants(relations, wish)) return null;
  return {
    seed,
    index,
    width,
    height,
    background: name,
    horizon: frame.horizon,
    weather,
    time,
    objects,
    relations,
  };
}

const frameShapes = [
  { width: 1, height: 0.75, weight: 6 },
  { width: 0.75, height: 1, weight: 2 },
  { width: 0.875, height: 0.875, weight: 2 },
] as const;

function sampleGroups(background: BackgroundName, random: Random): Group[] {
  const residents = kinds.filter((kind) => kind.homes.includes(background));
  const wantedCount = random.pickWeighted([1, 2, 3], (count) => [0, 40, 42, 18][count] ?? 0);
  const supports = residents.filter((kind) => kind.shelf !== null);
  const groups: Group[] = [];
  let things = 0;
  if (supports.length > 0 && wantedCount > 1 && random.chance(0.6)) {
    const kind = random.pick(supports);
    groups.push({ kind, count: 1, size: null, restsOn: null, colour: sampleColour(kind, random) });
    things = 1;
  }
  while (groups.length < wantedCount) {
    const group = nextGroup(residents, groups, random);
    if (group === null) break;
    things += group.count;
    if (things > THINGS_MAX) break;
    groups.push(group);
  }
  return groups;
}

function nextGroup(residents: readonly Kind[], groups: readonly Group[], random: Random): Group | null {
  const first = groups[0];
  // The same thing in two colours teaches (and tests) which colour goes with which side.
  const colours = first?.kind.dye?.colours.filter((colour) => colour !== first.colour) ?? [];
  const mayRepeat = groups.length === 1 && colours.length > 0;
  if (first !== undefined && mayRepeat && first.kind.countMax > 1 && random.chance(0.2)) {
    return {
      kind: first.kind,
      count: random.integer(1, 2),
      size: null,
      restsOn: null,
      colour: random.pick(colours),
    };
  }
  const resting = random.chance(0.7) ? restingGroup(groups, random) : null;
  if (resting !== null) return resting;
  const free = residents.filter((kind) => groups.every((group) => mayMeet(group.kind, kind)));
  const surfaces = [...new Set(free.map((kind) => kind.surface))];
  if (surfaces.length === 0) return null;
  const surface = random.pickWeighted(surfaces, (candidate) => surfaceWeights[candidate]);
  const kind = random.pick(free.filter((candidate) => candidate.surface === surface));
  const countMax = groups.length === 2 ? Math.min(2, kind.countMax) : kind.countMax;
  const count = random.pickWeighted([1, 2, 3, 4, 5], (n) => (n <= countMax ? (countWeights[n] ?? 0) : 0));
  const size = sampleSize(kind, count, random);
  return { kind, count, size, restsOn: null, colour: sampleColour(kind, random) };
}

/** Something on the sofa or the table, if there is one and nothing lies on it yet. */
function restingGroup(groups: readonly Group[], random: Random): Group | null {
  const support = groups.findIndex((group) => group.kind.shelf !== null);
  if (support < 0 || groups.some((group) => group.restsOn !== null)) return null;
  const isTable = groups[support]?.kind.name === 'table';
  const sitters = kinds.filter(
    (kind) => kind.sits && (isTable ? kind.name !== 'dog' : kind.surface === 'ground'),
  );
  const kind = random.pick(sitters.filter((sitter) => groups.every((group) => mayMeet(group.kind, sitter))));
  const count = Math.min(kind.countMax, random.pick([1, 1, 1, 2, 3]));
  return { kind, count, size: null, restsOn: support, colour: sampleColour(kind, random) };
}

/** Kinds that a caption could confuse (a taxi is a car, an owl is a bird) never share a scene. */
function mayMeet(a: Kind, b: Kind): boolean {
  if (a === b) return false;
  const words = singularsOf(b);
  if (singularsOf(a).some((word) => words.includes(word))) return false;
  return !families.some((family) => belongs(a, family) && belongs(b, family));
}

function singularsOf(kind: Kind): string[] {
  return [kind.noun, ...kind.synonyms, ...kind.agents].map(([singular]) => singular);
}

function belongs(kind: Kind, family: readonly string[]): boolean {
  return family.includes(kind.name) || family.includes(kind.noun[0]);
}

function sampleColour(kind: Kind, random: Random): ColourName | null {
  return kind.dye === null ? null : random.pick(kind.dye.colours);
}

function sampleSize(kind: Kind, count: number, random: Random): Size | null {
  if (count > 2 || !random.chance(0.16)) return null;
  if (kind.height <= 0.32 && random.chance(0.6)) return 'big';
  return kind.height >= 0.27 ? 'small' : null;
}

function groupOf(thing: WishedThing, random: Random): Group {
  const kind = kindNamed(thing.name);
  const colour = thing.colour ?? sampleColour(kind, random);
  return { kind, count: thing.count ?? 1, size: thing.size ?? null, restsOn: thing.restsOn ?? null, colour };
}

function objectsOf(
  groups: readonly Group[],
  layout: ReturnType<typeof layOut>,
  random: Random,
): SceneObject[] {
  return groups.map((group, position) => {
    const placements = layout?.[position] ?? [];
    const { colour, size, count } = group;
    const variant = random.integer(0, 999);
    return { name: group.kind.name, colour, size, count, box: boxOf(placements), placements, variant };
  });
}

function grants(relations: Scene['relations'], wish: Wish): boolean {
  const { relation } = wish;
  if (relation === undefined) return true;
  return relations.some((known) => known.relation === relation && known.subject === 0 && known.object === 1);
}

function weighted<T extends string>(weights: Partial<Readonly<Record<T, number>>>, random: Random): T | null {
  const names = Object.keys(weights) as T[];
  return names.length === 0 ? null : random.pickWeighted(names, (name) => weights[name] ?? 0);
}

/** Which frame a scene has; what painters need and nothing more. */
export function frameOf(scene: Scene): Frame {
  return { width: scene.width, height: scene.height, horizon: scene.horizon };
}

/** True for a colour word that captions use. */
export function isColourName(text: string): text is ColourName {
  return (colourNames as readonly string[]).includes(text);
}
