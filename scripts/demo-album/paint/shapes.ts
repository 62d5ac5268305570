/**
 * Lines of nature: ridges, clouds, treetops, tufts.
 * Source: our own (midpoint displacement after Fournier, Fussell and Carpenter 1982). Deviation: none.
 */
import type { Random } from '../random.ts';
import { px, type Point } from './page.ts';

/** A rough line across the frame: `steps` + 1 points from x = 0 to `width`, about `y`, at most `height` away from it. */
export function ridge(width: number, y: number, height: number, roughness: number, random: Random): Point[] {
  let heights = [random.between(-1, 1), random.between(-1, 1)];
  let reach = 1;
  while (heights.length < 65) {
    reach *= roughness;
    heights = heights.flatMap((value, index) => {
      const next = heights[index + 1];
      return next === undefined ? [value] : [value, (value + next) / 2 + random.between(-1, 1) * reach];
    });
  }
  const largest = Math.max(1, ...heights.map(Math.abs));
  const step = width / (heights.length - 1);
  return heights.map((value, index): Point => [index * step, y - (value / largest) * height]);
}

/** A soft line: three waves of random phase. */
export function swell(width: number, y: number, height: number, random: Random): Point[] {
  const phases = [random.between(0, 7), random.between(0, 7), random.between(0, 7)] as const;
  const pace = random.between(0.7, 1.4);
  return Array.from({ length: 41 }, (_unused, index): Point => {
    const t = (index / 40) * 2 * Math.PI * pace;
    const wave =
      0.55 * Math.sin(t + phases[0]) +
      0.3 * Math.sin(2.1 * t + phases[1]) +
      0.15 * Math.sin(4.3 * t + phases[2]);
    return [(index / 40) * width, y - wave * height];
  });
}

/** Path data of everything below a line down to `bottom`. */
export function below(line: readonly Point[], bottom: number): string {
  const [first, last] = [line[0] ?? [0, bottom], line.at(-1) ?? [0, bottom]];
  const top = line.map(([x, y]) => `${px(x)} ${px(y)}`).join('L');
  return `M${px(first[0])} ${px(bottom)}L${top}L${px(last[0])} ${px(bottom)}Z`;
}

/** Where a line is at x; lines run from left to right. */
export function heightAt(line: readonly Point[], x: number): number {
  const next = line.findIndex(([pointX]) => pointX >= x);
  const [b, a] = [line[Math.max(0, next)] ?? [0, 0], line[Math.max(0, next - 1)] ?? [0, 0]];
  const share = b[0] === a[0] ? 0 : (x - a[0]) / (b[0] - a[0]);
  return a[1] + (b[1] - a[1]) * share;
}

/** A cloud or a bush: bumps over a flat base from x to x + width, `height` at its highest. */
export function puff(x: number, base: number, width: number, height: number, random: Random): string {
  const count = Math.max(4, Math.round(width / (height * 0.55)));
  const points: Point[] = Array.from({ length: count + 1 }, (_unused, index): Point => {
    const share = index / count;
    const rise = Math.sin(Math.PI * share) ** 0.7 * height * 0.8;
    const isEnd = index === 0 || index === count;
    return [x + width * share, isEnd ? base : base - rise * random.between(0.65, 1)];
  });
  let data = `M${px(x)} ${px(base)}`;
  for (const [index, [pointX, pointY]] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined) continue;
    const radius = Math.hypot(pointX - before[0], pointY - before[1]) * random.between(0.52, 0.64);
    data += `A${px(radius)} ${px(radius)} 0 0 1 ${px(pointX)} ${px(pointY)}`;
  }
  return `${data}Z`;
}

/** A fir: a spire of drooping branches, from its foot up. */
export function fir(x: number, foot: number, height: number, random: Random): string {
  const layers = height > 90 ? 7 : 5;
  const notch = (0.86 / layers) * 1.12 * height;
  const left: string[] = [];
  const right: string[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    const y = foot - height * (0.08 + (0.86 * layer) / layers);
    const reach = height * 0.24 * (1 - layer / (layers + 0.6)) * random.between(0.88, 1.12);
    left.push(`L${px(x - reach)} ${px(y)}L${px(x - reach * 0.4)} ${px(y - notch)}`);
    right.unshift(`L${px(x + reach * 0.4)} ${px(y - notch)}L${px(x + reach)} ${px(y)}`);
  }
  return `M${px(x)} ${px(foot - height * 0.06)}${left.join('')}L${px(x)} ${px(foot - height)}${right.join('')}Z`;
}

/** A few blades that spring from one point. */
export function tuft(x: number, y: number, height: number, random: Random): string {
  return Array.from({ length: 3 }, () => {
    const lean = random.between(-0.5, 0.5) * height;
    return `M${px(x)} ${px(y)}q${px(lean * 0.2)} ${px(-height * 0.6)} ${px(lean)} ${px(-height * random.between(0.7, 1))}`;
  }).join('');
}

/** Calls back for points scattered over a field in perspective: dense and small far away, wide and large near. */
export function scatter(
  count: number,
  width: number,
  top: number,
  bottom: number,
  random: Random,
  draw: (x: number, y: number, scale: number) => void,
): void {
  for (let index = 0; index < count; index += 1) {
    const depth = random.next() ** 0.8;
    draw(random.between(0, width), top + (bottom - top) * depth, 0.3 + 0.7 * depth);
  }
}
