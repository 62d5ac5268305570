/**
 * Puts the things of a scene into the picture: dyed, lit, grounded by their shadow, or afloat on their reflection.
 * Source: our own; the artwork is described in artwork.ts. Deviation: none.
 */
import { artworkBody } from '../artwork.ts';
import { dye, mapColours, mix } from '../colours.ts';
import { kindNamed, type Kind } from '../catalogue/index.ts';
import type { Placement, Scene, SceneObject } from '../scene.ts';
import type { Mood } from './mood.ts';
import { ellipse, px, type Page } from './page.ts';

interface Drawable {
  readonly kind: Kind;
  readonly placement: Placement;
  /** The shared artwork in the page's definitions. */
  readonly id: string;
  readonly rests: boolean;
  /** Painting order: what stands farther down is nearer. */
  readonly depth: number;
}

export function paintObjects(page: Page, scene: Scene, mood: Mood): void {
  const drawables = scene.objects.flatMap((object, index) => drawablesOf(page, scene, mood, object, index));
  const shadow = page.glow([
    [0, '#10131c', mood.isDark ? 0.5 : 0.42],
    [0.6, '#10131c', mood.isDark ? 0.3 : 0.22],
    [1, '#10131c', 0],
  ]);
  for (const drawable of drawables.toSorted((a, b) => a.depth - b.depth))
    paintOne(page, mood, drawable, shadow);
}

function drawablesOf(page: Page, scene: Scene, mood: Mood, object: SceneObject, index: number): Drawable[] {
  const kind = kindNamed(object.name);
  const artwork = artworkBody(kind.art, object.variant);
  const dyed =
    object.colour === null || kind.dye === null
      ? artwork.body
      : mapColours(artwork.body, dye(kind.dye.main, object.colour, kind.dye.reachRadians));
  const fade = mood.weather === 'foggy' ? 0.22 : 0;
  const lit = mapColours(dyed, (hex) => mix(mood.thing(hex), mood.haze, fade));
  const { x, y, width, height } = artwork.frame;
  const id = page.define(
    (name) =>
      `<symbol id="${name}" viewBox="${x} ${y} ${width} ${height}" preserveAspectRatio="none">${ownIds(lit, name)}</symbol>`,
  );
  const support = scene.relations.find(
    (relation) => relation.relation === 'on' && relation.subject === index,
  );
  const supportBox = support === undefined ? undefined : scene.objects[support.object]?.box;
  return object.placements.map((placement) => {
    const depth = placement.box.y + placement.box.height;
    // What lies on something is painted right after it.
    const onTop = supportBox === undefined ? depth : supportBox.y + supportBox.height + 0.05;
    return {
      kind,
      placement,
      id,
      rests: supportBox !== undefined,
      depth: kind.surface === 'air' ? depth - scene.height : onTop,
    };
  });
}

/** Icons name their gradients "a", "b"; in one page every id must be its own. */
function ownIds(body: string, prefix: string): string {
  return body
    .replace(/\bid="([^"]+)"/g, `id="${prefix}-$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#${prefix}-$1)`)
    .replace(/href="#([^"]+)"/g, `href="#${prefix}-$1"`);
}

function paintOne(page: Page, mood: Mood, drawable: Drawable, shadow: string): void {
  const { kind, placement, id } = drawable;
  const { box } = placement;
  const [middle, feet] = [box.x + box.width / 2, box.y + box.height];
  const use = (more: string): string =>
    `<use href="#${id}" xlink:href="#${id}" width="${px(box.width)}" height="${px(box.height)}" ${more}/>`;
  const upright = placement.mirrored
    ? `transform="translate(${px(box.x + box.width)} ${px(box.y)}) scale(-1 1)"`
    : `transform="translate(${px(box.x)} ${px(box.y)})"`;
  const stands = kind.surface === 'ground' || kind.surface === 'table';
  if (stands) {
    const [reach, depth] = [
      box.width * 0.56,
      Math.max(4, Math.min(box.width, box.height) * (drawable.rests ? 0.05 : 0.1)),
    ];
    page.add(ellipse(middle, feet - depth * 0.25, reach, depth, shadow));
  }
  page.add(use(upright));
  if (kind.surface === 'water') paintWaterline(page, mood, box.x, feet, box.width);
}

/** Ripples where a hull meets the water. */
function paintWaterline(page: Page, mood: Mood, x: number, y: number, width: number): void {
  const foam = mood.lit('#eaf6fb');
  const deep = mix(mood.sky[0], '#0b2a45', 0.6);
  page.add(ellipse(x + width / 2, y + width * 0.01, width * 0.52, width * 0.035, deep, 'fill-opacity=".35"'));
  for (const [shift, reach, opacity] of [
    [0.16, 0.26, 0.55],
    [0.5, 0.34, 0.7],
    [0.86, 0.22, 0.5],
  ] as const) {
    page.add(
      ellipse(
        x + width * shift,
        y - width * 0.004,
        (width * reach) / 2,
        width * 0.012,
        foam,
        `fill-opacity="${opacity}"`,
      ),
    );
  }
}
