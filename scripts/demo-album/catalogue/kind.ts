/**
 * What the catalogue says about one kind of thing: its words, its artwork, where it lives.
 * Source: our own. Deviation: none.
 */
import type { ColourName } from '../colours.ts';

export const backgroundNames = [
  'sea',
  'beach',
  'lake',
  'underwater',
  'meadow',
  'farm',
  'forest',
  'mountains',
  'winter',
  'city',
  'desert',
  'savanna',
  'night sky',
  'living room',
  'kitchen',
] as const;

export type BackgroundName = (typeof backgroundNames)[number];

/** What a thing stands on, floats on or hangs in; `deep` is the open water below the surface. */
export type Surface = 'ground' | 'water' | 'air' | 'table' | 'deep';

/** Singular and plural. */
export type Noun = readonly [singular: string, plural: string];

export type Artwork =
  | { readonly from: 'icon'; readonly icon: string; readonly skins: boolean }
  | { readonly from: 'drawing'; readonly drawing: string };

export interface Dye {
  /** The main colour of the artwork, `#rrggbb`; it and its shades are replaced. */
  readonly main: string;
  readonly colours: readonly ColourName[];
  /** null: the thing itself has the colour. Else what is worn: "in a red {worn}". */
  readonly worn: Noun | null;
  /** How far in hue a shade may lie from `main`, in radians; narrower where skin lies near. */
  readonly reachRadians?: number;
}

/** A flat top that others may lie on, in shares of the artwork's own box. */
export interface Shelf {
  readonly top: number;
  readonly left: number;
  readonly right: number;
}

export interface Kind {
  /** Unique; what scene truth calls it. */
  readonly name: string;
  readonly noun: Noun;
  /** Other nouns that are always true of it. */
  readonly synonyms: readonly Noun[];
  /** Nouns that say what it does as well, such as "cyclist"; the action is not added to them. */
  readonly agents: readonly Noun[];
  /** A participle that is always true of the artwork, such as "running". */
  readonly doing: string | null;
  /** The participle of several, where it differs: "riding bicycles". */
  readonly doingTogether: string | null;
  readonly art: Artwork;
  readonly dye: Dye | null;
  /** Height in the foreground as a share of the frame's shorter side; storybook sizes, not metres. */
  readonly height: number;
  readonly surface: Surface;
  readonly homes: readonly BackgroundName[];
  readonly countMax: number;
  readonly shelf: Shelf | null;
  /** Small enough to sit on a shelf. */
  readonly sits: boolean;
}

export type KindDetails = Partial<Omit<Kind, 'name' | 'noun' | 'art' | 'height' | 'surface' | 'homes'>>;

const plain = {
  synonyms: [],
  agents: [],
  doing: null,
  doingTogether: null,
  dye: null,
  countMax: 5,
  shelf: null,
  sits: false,
};

/** A kind drawn with an icon of the set. `noun` "dog" gets the plural "dogs" unless "sheep|sheep" says otherwise. */
export function iconKind(
  noun: string,
  icon: string,
  height: number,
  surface: Surface,
  homes: readonly BackgroundName[],
  details: KindDetails = {},
): Kind {
  const words = nounOf(noun);
  const art = { from: 'icon', icon, skins: false } as const;
  return { ...plain, name: words[0], noun: words, art, height, surface, homes, ...details };
}

/** A kind drawn by `drawings.ts`. */
export function drawnKind(
  noun: string,
  drawing: string,
  height: number,
  surface: Surface,
  homes: readonly BackgroundName[],
  details: KindDetails = {},
): Kind {
  const words = nounOf(noun);
  const art = { from: 'drawing', drawing } as const;
  return { ...plain, name: words[0], noun: words, art, height, surface, homes, ...details };
}

/**
 * A person; the skin varies from scene to scene and is never mentioned.
 * @param action "running", or "riding a horse|riding horses"
 */
export function personKind(
  noun: string,
  action: string,
  icon: string,
  height: number,
  surface: Surface,
  homes: readonly BackgroundName[],
  details: KindDetails = {},
): Kind {
  const words = nounOf(noun);
  const [doing = action, doingTogether = null] = action.split('|');
  const art = { from: 'icon', icon, skins: true } as const;
  const person = { ...plain, doing, doingTogether, countMax: 4 };
  return { ...person, name: `${words[0]} ${doing}`, noun: words, art, height, surface, homes, ...details };
}

function nounOf(text: string): Noun {
  const [singular = text, plural] = text.split('|');
  return [singular, plural ?? `${singular}s`];
}
