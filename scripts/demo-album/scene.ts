/**
 * A scene is the truth about one picture: what is where, how many, in which colour, at what hour.
 * Painting and captions both start from it and from nothing else.
 * Source: our own. Deviation: none.
 */
import type { ColourName } from './colours.ts';
import type { Time, Weather } from './backgrounds.ts';
import { backgroundNames, kindNamed, type BackgroundName } from './catalogue/index.ts';
import { AppError } from '../../model/index.ts';

/** Pixels; x and y are the upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Size = 'big' | 'small';

/** One drawn thing. */
export interface Placement {
  readonly box: Box;
  readonly mirrored: boolean;
}

/** Things of one kind and one colour. */
export interface SceneObject {
  /** A `Kind.name` of the catalogue. */
  readonly name: string;
  /** null: the artwork's own colours, which captions never mention. */
  readonly colour: ColourName | null;
  /** null: ordinary; captions mention only what strikes the eye. */
  readonly size: Size | null;
  readonly count: number;
  /** Around all of them. */
  readonly box: Box;
  readonly placements: readonly Placement[];
  /** Chooses among artworks of equal meaning, such as skins. */
  readonly variant: number;
}

/** Each holds between the boxes of two entries of `objects`; the reverse (right of, below) follows. */
export interface Relation {
  readonly subject: number;
  readonly relation: 'left of' | 'above' | 'on';
  readonly object: number;
}

export interface Scene {
  readonly seed: AlbumSeed;
  readonly index: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly background: BackgroundName;
  /** Pixels from the upper edge to the horizon (indoors: to the floor or the table). */
  readonly horizon: number;
  /** null where it cannot be seen. */
  readonly weather: Weather | null;
  readonly time: Time | null;
  readonly objects: readonly SceneObject[];
  readonly relations: readonly Relation[];
}

/** What a seed is for; scenes of different uses come from unrelated random streams. */
export type SeedUse = 'demo' | 'test' | 'train';
export type AlbumSeed = SeedUse | `${SeedUse}:${number}`;

/** @throws AppError INVALID_ARGUMENT unless the text is `demo`, `test` or `train`, or one of them with `:number`. */
export function parseAlbumSeed(text: string): AlbumSeed {
  if (!/^(?:demo|test|train)(?::(?:0|[1-9][0-9]{0,8}))?$/.test(text)) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `demo album: the seed is "${text}", expected demo, test or train, with a number if several are needed (train:7)`,
    );
  }
  return text as AlbumSeed;
}

/** True for the name of a background. */
export function isBackgroundName(text: string): text is BackgroundName {
  return (backgroundNames as readonly string[]).includes(text);
}

/** The smallest box around the given ones. */
export function boxAround(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: tenths(right - x), height: tenths(bottom - y) };
}

/** A tenth of a pixel is finer than any eye, and keeps the written truth short. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The share of the smaller box that lies under the other one, 0 … 1. */
export function overlapShare(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / Math.min(a.width * a.height, b.width * b.height);
}

/** Of the narrower box, how much of its width is shared by the other one, 0 … 1. */
export function sharedWidth(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  return Math.max(0, width) / Math.min(a.width, b.width);
}

/** Every relation that the boxes make plainly true. `resting` pairs say which object lies on which. */
export function relationsBetween(
  objects: readonly SceneObject[],
  resting: readonly (readonly [subject: number, object: number])[],
): Relation[] {
  const relations: Relation[] = resting.map(([subject, object]) => ({ subject, relation: 'on', object }));
  for (const [subject, a] of objects.entries()) {
    for (const [object, b] of objects.entries()) {
      if (subject === object || touches(resting, subject, object)) continue;
      if (a.box.x + a.box.width <= b.box.x) relations.push({ subject, relation: 'left of', object });
      const isAbove = a.box.y + a.box.height <= b.box.y && sharedWidth(a.box, b.box) >= 0.5;
      if (isAbove && kindNamed(a.name).surface === 'air')
        relations.push({ subject, relation: 'above', object });
    }
  }
  return relations;
}

function touches(resting: readonly (readonly [number, number])[], a: number, b: number): boolean {
  return resting.some(
    ([subject, object]) => (subject === a && object === b) || (subject === b && object === a),
  );
}
