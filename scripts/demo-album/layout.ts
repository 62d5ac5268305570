/**
 * Finds room for the things of a scene: on their surface, in perspective, beside each other, hiding nothing.
 * Source: our own (rejection sampling over rows of slots). Deviation: none.
 */
import { artworkFrame } from './artwork-frames.ts';
import type { Band, Background } from './backgrounds.ts';
import type { Kind, Surface } from './catalogue/index.ts';
import type { Random } from './random.ts';
import { boxAround, overlapShare, tenths, type Box, type Placement, type Size } from './scene.ts';

/** What is to be placed. `restsOn` is the index of the thing it lies on. */
export interface Wanted {
  readonly kind: Kind;
  readonly count: number;
  readonly size: Size | null;
  readonly restsOn: number | null;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly horizon: number;
}

/** Attempts before the sampler has to ask for less. */
const ATTEMPTS_MAX = 60;
/** Share of the frame that stays free at its edges. */
const MARGIN = 0.02;
/** A thing lower than this share of the shorter side could not be recognised. */
const HEIGHT_MIN = 0.1;
const OVERLAP_MAX = 0.02;
const sizeFactors = { big: 1.4, small: 0.6 } as const;

/** Placements for every wanted entry, in its order, or null where it does not fit. */
export function layOut(
  wanted: readonly Wanted[],
  background: Background,
  frame: Frame,
  random: Random,
): Placement[][] | null {
  // One motif alone is photographed from nearby, unless its size is the point.
  const isAlone = wanted.length === 1 && wanted[0]?.size === null;
  const closeness = isAlone ? random.between(1.05, 1.5) : random.between(0.95, 1.15);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const layout = attemptLayout(wanted, background, frame, closeness * 0.985 ** attempt, random);
    if (layout !== null) return layout;
  }
  return null;
}

interface Slot {
  readonly entry: Wanted;
  readonly index: number;
  /** Pixels that one thing takes, gap included. */
  readonly step: number;
  readonly width: number;
}

function attemptLayout(
  wanted: readonly Wanted[],
  background: Background,
  frame: Frame,
  shrink: number,
  random: Random,
): Placement[][] | null {
  const result: Placement[][] = wanted.map(() => []);
  for (const [surface, band] of Object.entries(background.bands) as [Surface, Band][]) {
    const slots = random
      .shuffled(wanted.map((entry, index) => ({ entry, index })))
      .filter(({ entry }) => entry.kind.surface === surface && entry.restsOn === null)
      .map(({ entry, index }) => slotFor(entry, index, frame, shrink, random));
    const room = frame.width * (1 - 2 * MARGIN) - slots.reduce((sum, slot) => sum + slot.width, 0);
    if (room < 0) return null;
    const gaps = slots.map(() => random.next());
    const gapsTotal = gaps.reduce((sum, gap) => sum + gap, random.next());
    let x = frame.width * MARGIN;
    for (const [order, slot] of slots.entries()) {
      x += (room * (gaps[order] ?? 0)) / gapsTotal;
      result[slot.index] = fillSlot(slot, x, surface, band, frame, shrink, random);
      x += slot.width;
    }
  }
  for (const [index, entry] of wanted.entries()) {
    const support = entry.restsOn === null ? undefined : wanted[entry.restsOn];
    const below = entry.restsOn === null ? undefined : result[entry.restsOn]?.[0];
    if (support === undefined || below === undefined) continue;
    const resting = restOn(entry, support.kind, below.box, frame, random);
    if (resting === null) return null;
    result[index] = resting;
  }
  return isFree(result, wanted, frame) ? result : null;
}

function slotFor(entry: Wanted, index: number, frame: Frame, shrink: number, random: Random): Slot {
  const natural = naturalSize(entry, frame, shrink);
  // Several things stand in a loose group: some closer, some farther, so that the row may be tighter than a queue.
  const step = natural.width * random.between(1.04, entry.count > 1 ? 1.3 : 1.1);
  return { entry, index, step, width: step * entry.count };
}

/** Pixels in the foreground. */
function naturalSize(entry: Wanted, frame: Frame, shrink: number): { width: number; height: number } {
  const art = artworkFrame(entry.kind.art);
  const crowd = [1, 1, 0.92, 0.84, 0.78, 0.72][entry.count] ?? 0.7;
  const factor = entry.size === null ? 1 : sizeFactors[entry.size];
  const height = entry.kind.height * Math.min(frame.width, frame.height) * crowd * factor * shrink;
  return { height, width: (height * art.width) / art.height };
}

function fillSlot(
  slot: Slot,
  left: number,
  surface: Surface,
  band: Band,
  frame: Frame,
  shrink: number,
  random: Random,
): Placement[] {
  const natural = naturalSize(slot.entry, frame, shrink);
  const isHanging = surface === 'air' || surface === 'deep';
  // A striking size must not be the work of distance alone.
  const depthBase = slot.entry.size === null ? random.between(0, 1) : random.between(0.5, 1);
  const facesRight = random.chance(0.5);
  return Array.from({ length: slot.entry.count }, (_unused, nth) => {
    const depth = Math.min(
      1,
      Math.max(0, depthBase + random.between(-0.45, 0.45) * (slot.entry.count > 1 ? 1 : 0)),
    );
    const scale = band.far + (band.near - band.far) * depth;
    const [width, height] = [natural.width * scale, natural.height * scale];
    const x = left + nth * slot.step + random.between(0, Math.max(0, slot.step - width));
    const top = frame.horizon * band.top;
    const feet = isHanging
      ? top + height + depth * Math.max(0, frame.horizon * band.bottom - top - height)
      : frame.horizon + (frame.height - frame.horizon) * (band.top + (band.bottom - band.top) * depth);
    return {
      box: rounded({ x, y: feet - height, width, height }),
      mirrored: random.chance(0.85) ? facesRight : !facesRight,
    };
  });
}

function restOn(entry: Wanted, support: Kind, below: Box, frame: Frame, random: Random): Placement[] | null {
  if (support.shelf === null) return null;
  const { shelf } = support;
  const natural = naturalSize(entry, frame, 1);
  const room = below.width * (shelf.right - shelf.left);
  const scale = Math.min(0.9, room / (natural.width * 1.08 * entry.count));
  const [width, height] = [natural.width * scale, natural.height * scale];
  const step = width * 1.08;
  let x = below.x + below.width * shelf.left + random.next() * (room - step * entry.count);
  return Array.from({ length: entry.count }, () => {
    const box = rounded({
      x: x + width * 0.04,
      y: below.y + below.height * shelf.top - height,
      width,
      height,
    });
    x += step;
    return { box, mirrored: random.chance(0.5) };
  });
}

function isFree(result: readonly (readonly Placement[])[], wanted: readonly Wanted[], frame: Frame): boolean {
  const margin = MARGIN * Math.min(frame.width, frame.height);
  const heightMin = HEIGHT_MIN * Math.min(frame.width, frame.height);
  const all = result.flatMap((placements, index) => placements.map(({ box }) => ({ box, index })));
  return all.every(({ box, index }, position) => {
    const isInside =
      box.x >= margin &&
      box.y >= margin &&
      box.x + box.width <= frame.width - margin &&
      box.y + box.height <= frame.height - margin;
    if (!isInside || box.height < heightMin || Math.max(box.width, box.height) < heightMin * 1.25)
      return false;
    return all.slice(position + 1).every((other) => {
      const isStack = wanted[index]?.restsOn === other.index || wanted[other.index]?.restsOn === index;
      return isStack || overlapShare(box, other.box) <= OVERLAP_MAX;
    });
  });
}

function rounded(box: Box): Box {
  return { x: tenths(box.x), y: tenths(box.y), width: tenths(box.width), height: tenths(box.height) };
}

/** The box around placements. */
export function boxOf(placements: readonly Placement[]): Box {
  return boxAround(placements.map(({ box }) => box));
}
