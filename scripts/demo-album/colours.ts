/**
 * Named colours, and dyeing: an artwork's main colour becomes another one and keeps its light and shade.
 * Source: the OKLab colour space of Björn Ottosson (formulas and matrices are his, public domain).
 * Deviation: colours outside sRGB are clipped per channel, which is invisible on these palettes.
 */

/** The colour words a caption may use, each with the paint it stands for. */
const paints = {
  red: '#e0352c',
  orange: '#f58a1f',
  yellow: '#f9cd2e',
  green: '#3da344',
  blue: '#2f74dc',
  purple: '#8449bd',
  pink: '#f483b5',
  white: '#f3f3ef',
  black: '#33343a',
  brown: '#8a5836',
  grey: '#92989f',
} as const;

export type ColourName = keyof typeof paints;

export const colourNames = Object.keys(paints) as ColourName[];

/** `#rrggbb` of a colour word. */
export function paintOf(name: ColourName): string {
  return paints[name];
}

/** Lightness 0 … 1, chroma 0 … about 0.35, hue in radians. */
interface Tone {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** Shades belong to the main colour when their hue is this near; neighbours such as gold and red stay apart. */
const HUE_REACH_RADIANS = 0.56;
/** Below this chroma a colour is a grey, and its hue means nothing. */
const CHROMA_GREY = 0.035;
const hexColour = /#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b/g;

/** The SVG text with every `#rgb` and `#rrggbb` replaced; colours written otherwise (lamps, fire) stay. */
export function mapColours(svg: string, change: (hex: string) => string): string {
  return svg.replace(hexColour, (hex) => change(hex));
}

/** A change for `mapColours`: shades of `from` become the same shades of `to`, all else stays. */
export function dye(from: string, to: ColourName, reachRadians = HUE_REACH_RADIANS): (hex: string) => string {
  const main = toneOf(from);
  const target = toneOf(paints[to]);
  return (hex) => {
    const tone = toneOf(hex);
    const turn = hueTurn(main.hue, tone.hue);
    if (tone.chroma < CHROMA_GREY || Math.abs(turn) > reachRadians) return hex;
    return hexOf({
      lightness: target.lightness + (tone.lightness - main.lightness) * 0.85,
      chroma: target.chroma * Math.min(1.15, Math.max(0.35, tone.chroma / main.chroma)),
      hue: target.hue + turn * 0.25,
    });
  };
}

/** Straight mixing in sRGB: 0 is `a`, 1 is `b`. */
export function mix(a: string, b: string, share: number): string {
  const [one, two] = [channels(a), channels(b)];
  return toHex(one.map((value, index) => value + ((two[index] ?? 0) - value) * share));
}

/** Each channel times its factor; how light of a colour falls on paint. */
export function multiply(hex: string, factors: readonly number[]): string {
  return toHex(channels(hex).map((value, index) => value * (factors[index] ?? 1)));
}

/** Brighter (amount > 0) or darker (amount < 0) in perceived lightness, -1 … 1. */
export function lighten(hex: string, amount: number): string {
  const tone = toneOf(hex);
  return hexOf({ ...tone, lightness: tone.lightness + amount });
}

/** 0 … 255 for red, green, blue. */
function channels(hex: string): number[] {
  const long = hex.length === 4 ? hex.replace(/[0-9a-fA-F]/g, '$&$&') : hex;
  return [1, 3, 5].map((offset) => Number.parseInt(long.slice(offset, offset + 2), 16));
}

function toHex(values: readonly number[]): string {
  const pairs = values.map((value) =>
    Math.round(Math.min(255, Math.max(0, value)))
      .toString(16)
      .padStart(2, '0'),
  );
  return `#${pairs.join('')}`;
}

function hueTurn(from: number, to: number): number {
  const turn = (to - from) % (2 * Math.PI);
  if (turn > Math.PI) return turn - 2 * Math.PI;
  return turn < -Math.PI ? turn + 2 * Math.PI : turn;
}

function toneOf(hex: string): Tone {
  const [r = 0, g = 0, b = 0] = channels(hex).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const greenRed = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const blueYellow = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return {
    lightness: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    chroma: Math.hypot(greenRed, blueYellow),
    hue: Math.atan2(blueYellow, greenRed),
  };
}

function hexOf({ lightness, chroma, hue }: Tone): string {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return toHex(
    linear.map((value) => {
      const inside = Math.min(1, Math.max(0, value));
      return 255 * (inside <= 0.0031308 ? inside * 12.92 : 1.055 * inside ** (1 / 2.4) - 0.055);
    }),
  );
}
