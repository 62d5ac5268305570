/**
 * The sky: its gradient, sun or moon, stars, clouds.
 * Source: our own. Deviation: none.
 */
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';
import type { Mood } from './mood.ts';
import { ellipse, path, rectangle, type Page, type Point } from './page.ts';
import { puff } from './shapes.ts';

const cloudCounts = { clear: 3, cloudy: 11, rainy: 13, snowy: 11, foggy: 4 } as const;

/** Paints the sky down to the horizon and returns where its light stands, or null behind clouds. */
export function paintSky(page: Page, scene: Scene, mood: Mood, random: Random): Point | null {
  const { width, horizon } = scene;
  const fill = page.linear(
    [0, 0],
    [0, horizon],
    [
      [0, mood.sky[0]],
      [0.55, mood.sky[1]],
      [1, mood.sky[2]],
    ],
  );
  page.add(rectangle(0, 0, width, scene.height, fill));
  const isClear = mood.weather === 'clear';
  if (mood.isDark && isClear) paintStars(page, scene, random);
  const light = isClear ? paintLight(page, scene, mood, random) : null;
  paintClouds(page, scene, mood, random);
  return light;
}

function paintStars(page: Page, scene: Scene, random: Random): void {
  const isShow = scene.background === 'night sky';
  if (isShow) paintMilkyWay(page, scene, random);
  const count = isShow ? 320 : 110;
  for (let index = 0; index < count; index += 1) {
    const y = random.next() ** 1.2 * scene.horizon;
    const size = random.next() ** 6 * 1.9 + 0.5;
    const colour = random.pick(['#ffffff', '#dfe8ff', '#fff1d6']);
    page.add(
      ellipse(
        random.between(0, scene.width),
        y,
        size,
        size,
        colour,
        `fill-opacity="${random.between(0.35, 1).toFixed(2)}"`,
      ),
    );
  }
  const glow = page.glow([
    [0, '#ffffff', 0.9],
    [0.25, '#dfe8ff', 0.35],
    [1, '#dfe8ff', 0],
  ]);
  for (let index = 0; index < 9; index += 1) {
    const size = random.between(3, 6.5);
    page.add(
      ellipse(random.between(0, scene.width), random.between(0, scene.horizon * 0.8), size, size, glow),
    );
  }
}

function paintMilkyWay(page: Page, scene: Scene, random: Random): void {
  const haze = page.glow([
    [0, '#b7b4ec', 0.22],
    [0.6, '#8d8fd6', 0.1],
    [1, '#8d8fd6', 0],
  ]);
  const tilt = random.between(-40, 40);
  const [x, y] = [scene.width * random.between(0.3, 0.7), scene.horizon * random.between(0.35, 0.55)];
  for (let index = -4; index <= 4; index += 1) {
    const cloudX = x + index * scene.width * 0.14;
    const cloudY = y + random.between(-0.05, 0.05) * scene.horizon;
    page.add(
      ellipse(
        cloudX,
        cloudY,
        scene.width * 0.17,
        scene.horizon * 0.13,
        haze,
        `transform="rotate(${tilt.toFixed(1)} ${x} ${y})"`,
      ),
    );
  }
}

function paintLight(page: Page, scene: Scene, mood: Mood, random: Random): Point {
  const { width, horizon } = scene;
  const heights = {
    morning: [0.6, 0.78],
    noon: [0.08, 0.2],
    sunset: [0.78, 0.92],
    night: [0.12, 0.3],
  } as const;
  const [highest, lowest] = heights[mood.time];
  const point: Point = [width * random.between(0.1, 0.9), horizon * random.between(highest, lowest)];
  const radius = Math.min(width, scene.height) * (mood.time === 'sunset' ? 0.065 : 0.045);
  const reach = radius * (mood.isDark ? 4.5 : 8);
  const glow = page.glow([
    [0, mood.sun, mood.isDark ? 0.35 : 0.85],
    [0.3, mood.sun, mood.isDark ? 0.12 : 0.35],
    [1, mood.sun, 0],
  ]);
  page.add(ellipse(point[0], point[1], reach, reach, glow));
  page.add(ellipse(point[0], point[1], radius, radius, mood.sun));
  if (mood.isDark) {
    for (const [dx, dy, size] of [
      [-0.3, -0.2, 0.22],
      [0.25, 0.3, 0.16],
      [0.1, -0.45, 0.12],
      [-0.2, 0.4, 0.1],
    ] as const) {
      page.add(
        ellipse(
          point[0] + dx * radius,
          point[1] + dy * radius,
          size * radius,
          size * radius,
          '#d9d2b4',
          'fill-opacity=".7"',
        ),
      );
    }
  }
  return point;
}

function paintClouds(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, horizon } = scene;
  const isOvercast = mood.weather !== 'clear';
  const isThin = scene.background === 'night sky';
  const count = isThin ? 0 : Math.round(cloudCounts[mood.weather] * random.between(0.6, 1.3));
  const bases = Array.from({ length: count }, () => random.between(0.1, 0.86) * horizon).toSorted(
    (a, b) => a - b,
  );
  // High clouds are near and wide, low ones far and flat.
  for (const base of bases) {
    const nearness = 1 - base / horizon;
    const cloudWidth = width * random.between(0.14, 0.3) * (0.5 + nearness) * (isOvercast ? 1.6 : 1);
    const height = cloudWidth * random.between(0.2, 0.32);
    const x = random.between(-0.15, 1) * width;
    const fill = page.fall([
      [0, mood.cloud],
      [0.55, mood.cloud],
      [1, mood.cloudShade],
    ]);
    const opacity = (isOvercast ? 0.82 : 0.9) * random.between(0.75, 1) * (0.6 + 0.4 * nearness);
    page.add(path(puff(x, base, cloudWidth, height, random), fill, `fill-opacity="${opacity.toFixed(2)}"`));
    const inner = puff(x + cloudWidth * 0.2, base, cloudWidth * 0.5, height * 0.62, random);
    page.add(path(inner, mood.cloud, `fill-opacity="${(opacity * 0.5).toFixed(2)}"`));
  }
}
