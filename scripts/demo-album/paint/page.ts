/**
 * One SVG picture being written: gradients get their ids here, elements keep their order.
 * Source: our own. Deviation: none.
 */

/** Offset 0 … 1, colour, and opacity where it is not 1. */
export type Stop = readonly [offset: number, colour: string, opacity?: number];

/** A point in pixels. */
export type Point = readonly [x: number, y: number];

export class Page {
  readonly #definitions: string[] = [];
  readonly #elements: string[] = [];
  readonly width: number;
  readonly height: number;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  add(...elements: readonly string[]): void {
    this.#elements.push(...elements);
  }

  /** Stores a definition under a fresh id, which `write` receives. */
  define(write: (id: string) => string): string {
    const id = `d${this.#definitions.length}`;
    this.#definitions.push(write(id));
    return id;
  }

  /** A paint that runs from one point to another, in pixels. */
  linear(from: Point, to: Point, stops: readonly Stop[]): string {
    const place = `x1="${px(from[0])}" y1="${px(from[1])}" x2="${px(to[0])}" y2="${px(to[1])}"`;
    const id = this.define(
      (name) =>
        `<linearGradient id="${name}" gradientUnits="userSpaceOnUse" ${place}>${stopList(stops)}</linearGradient>`,
    );
    return `url(#${id})`;
  }

  /** A paint that runs from the middle of whatever shape it fills to its edge. */
  glow(stops: readonly Stop[]): string {
    const id = this.define((name) => `<radialGradient id="${name}">${stopList(stops)}</radialGradient>`);
    return `url(#${id})`;
  }

  /** A paint from the top to the bottom of whatever shape it fills. */
  fall(stops: readonly Stop[]): string {
    const id = this.define(
      (name) => `<linearGradient id="${name}" x2="0" y2="1">${stopList(stops)}</linearGradient>`,
    );
    return `url(#${id})`;
  }

  toSvg(): string {
    const size = `width="${this.width}" height="${this.height}"`;
    const spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
    return `<svg ${spaces} ${size}><defs>${this.#definitions.join('')}</defs>${this.#elements.join('')}</svg>`;
  }
}

/** A number of pixels as short text. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function rectangle(
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  more = '',
): string {
  return `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" fill="${fill}" ${more}/>`;
}

export function ellipse(x: number, y: number, rx: number, ry: number, fill: string, more = ''): string {
  return `<ellipse cx="${px(x)}" cy="${px(y)}" rx="${px(rx)}" ry="${px(ry)}" fill="${fill}" ${more}/>`;
}

export function path(data: string, fill: string, more = ''): string {
  return `<path d="${data}" fill="${fill}" ${more}/>`;
}

export function stroke(data: string, colour: string, width: number, opacity = 1): string {
  const look = `stroke="${colour}" stroke-width="${px(width)}" stroke-opacity="${opacity}" stroke-linecap="round"`;
  return `<path d="${data}" fill="none" ${look}/>`;
}

export function polygon(points: readonly Point[]): string {
  return `M${points.map(([x, y]) => `${px(x)} ${px(y)}`).join('L')}Z`;
}

function stopList(stops: readonly Stop[]): string {
  return stops
    .map(([offset, colour, opacity]) => {
      const transparency = opacity === undefined ? '' : ` stop-opacity="${opacity}"`;
      return `<stop offset="${offset}" stop-color="${colour}"${transparency}/>`;
    })
    .join('');
}
