/**
 * A city street: skyline, house fronts with lit or dark windows, pavement and road.
 * Source: our own. Deviation: none.
 */
import { mix } from '../colours.ts';
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';
import type { Mood } from './mood.ts';
import { ellipse, path, polygon, px, rectangle, stroke, type Page } from './page.ts';

const fronts = [
  '#b9806a',
  '#c9a98a',
  '#8f9bb0',
  '#a5aa98',
  '#cfc0a8',
  '#9c7f8c',
  '#7f95a0',
  '#d0b48f',
] as const;

export function paintCity(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  for (const distance of [0.62, 0.42]) {
    for (let x = -20; x < width;) {
      const reach = width * random.between(0.06, 0.12);
      const rise = height * random.between(0.16, 0.4) * (1.2 - distance * 0.4);
      page.add(rectangle(x, horizon - rise, reach, rise + 4, mood.far('#6f7c92', distance)));
      paintFarWindows(page, [x, horizon - rise], reach, rise, mood, random, distance);
      x += reach * random.between(0.8, 1.15);
    }
  }
  for (let x = -random.between(0, 50); x < width;) {
    const reach = width * random.between(0.13, 0.22);
    paintFront(page, x, reach, height * random.between(0.2, 0.36), scene, mood, random);
    x += reach + 1;
  }
  paintStreet(page, scene, mood, random);
}

function paintFarWindows(
  page: Page,
  corner: readonly [number, number],
  width: number,
  height: number,
  mood: Mood,
  random: Random,
  distance: number,
): void {
  const colour = mood.isDark ? 'rgb(255,217,138)' : mood.far('#b9cbdc', distance);
  for (let y = corner[1] + 6; y < corner[1] + height; y += 9) {
    for (let x = corner[0] + 4; x < corner[0] + width - 5; x += 8) {
      if (random.chance(mood.isDark ? 0.35 : 0.8))
        page.add(rectangle(x, y, 3.6, 4.6, colour, `fill-opacity="${mood.isDark ? 0.6 : 0.5}"`));
    }
  }
}

function paintFront(
  page: Page,
  x: number,
  width: number,
  rise: number,
  scene: Scene,
  mood: Mood,
  random: Random,
): void {
  const paint = random.pick(fronts);
  const top = scene.horizon - rise;
  const wall = mood.far(paint, 0.1);
  page.add(
    rectangle(
      x,
      top,
      width,
      rise + 6,
      page.fall([
        [0, wall],
        [1, mood.far(mix(paint, '#3a3438', 0.2), 0.1)],
      ]),
    ),
  );
  page.add(
    rectangle(
      x - 2,
      top - 4,
      width + 4,
      6,
      mood.snowLies ? mood.lit('#f4f7fb') : mood.far(mix(paint, '#2f2b30', 0.35), 0.1),
    ),
  );
  const storey = scene.height * 0.058;
  const columns = Math.max(2, Math.round(width / (scene.width * 0.045)));
  const [paneWidth, paneHeight] = [(width / columns) * 0.5, storey * 0.6];
  for (let y = top + storey * 0.35; y < scene.horizon - storey * 1.2; y += storey) {
    for (let column = 0; column < columns; column += 1) {
      const paneX = x + (width * (column + 0.5)) / columns - paneWidth / 2;
      page.add(rectangle(paneX - 1.5, y - 1.5, paneWidth + 3, paneHeight + 3, mood.far('#f0e9dc', 0.1)));
      page.add(rectangle(paneX, y, paneWidth, paneHeight, paneColour(mood, random)));
      page.add(rectangle(paneX + paneWidth / 2 - 0.5, y, 1, paneHeight, mood.far('#e2d9c8', 0.1)));
    }
  }
  paintShop(page, x, width, storey, scene, mood, random);
}

function paneColour(mood: Mood, random: Random): string {
  if (mood.isDark) return random.chance(0.55) ? random.pick(['#ffd98a', '#ffc766', '#ffe6ae']) : '#1c2740';
  return mood.lit(random.pick(['#6f8ba3', '#88a7bd', '#5d7990', '#a5c0d0']));
}

function paintShop(
  page: Page,
  x: number,
  width: number,
  storey: number,
  scene: Scene,
  mood: Mood,
  random: Random,
): void {
  const y = scene.horizon - storey * 0.92;
  page.add(rectangle(x + width * 0.08, y, width * 0.84, storey * 0.98, mood.lit('#4a443f')));
  const glass = mood.isDark ? '#ffdf9c' : mood.lit('#9fb9c6');
  page.add(rectangle(x + width * 0.12, y + storey * 0.2, width * 0.5, storey * 0.62, glass));
  page.add(rectangle(x + width * 0.68, y + storey * 0.2, width * 0.2, storey * 0.78, mood.lit('#6b4c38')));
  const awning = mood.lit(random.pick(['#b0574c', '#4f7f86', '#7f8f55', '#b58a4a']));
  for (let stripe = 0; stripe < 6; stripe += 1) {
    const [left, reach] = [x + width * (0.06 + stripe * 0.147), width * 0.147];
    page.add(rectangle(left, y - 2, reach, storey * 0.26, stripe % 2 === 0 ? awning : mood.lit('#f2ece0')));
  }
}

function paintStreet(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const kerb = horizon + (height - horizon) * 0.2;
  page.add(
    rectangle(
      0,
      horizon,
      width,
      kerb - horizon,
      page.fall([
        [0, mood.ground('#a8a39c')],
        [1, mood.ground('#c0bab1')],
      ]),
    ),
  );
  for (let x = -width * 0.5; x < width * 1.5; x += width * 0.06) {
    page.add(
      stroke(
        `M${px(x)} ${px(horizon)}L${px(x + (x - width / 2) * 0.16)} ${px(kerb)}`,
        mood.lit('#7d7972'),
        1,
        0.5,
      ),
    );
  }
  page.add(
    rectangle(0, kerb, width, 5, mood.ground('#ddd8cf')),
    rectangle(0, kerb + 5, width, 3, mood.lit('#55534f')),
  );
  const asphalt = page.linear(
    [0, kerb],
    [0, height],
    [
      [0, mood.lit(mood.snowLies ? '#aeb6bf' : '#5c5f66')],
      [1, mood.lit(mood.snowLies ? '#d3d9e0' : '#74777e')],
    ],
  );
  page.add(rectangle(0, kerb + 8, width, height - kerb - 8, asphalt));
  const middle = kerb + (height - kerb) * 0.5;
  for (let x = random.between(-60, 0); x < width; x += width * 0.16) {
    const dash = [
      [x, middle],
      [x + width * 0.085, middle],
      [x + width * 0.08, middle + 7],
      [x - width * 0.006, middle + 7],
    ] as const;
    page.add(path(polygon(dash), mood.lit('#ece8dc'), `fill-opacity="${mood.snowLies ? 0.3 : 0.85}"`));
  }
  if (mood.weather === 'rainy') paintPuddles(page, scene, mood, random, kerb);
  for (let x = random.between(0.05, 0.25) * width; x < width; x += width * random.between(0.3, 0.4))
    paintLamp(page, x, kerb - 3, scene, mood);
}

function paintPuddles(page: Page, scene: Scene, mood: Mood, random: Random, top: number): void {
  for (let index = 0; index < 14; index += 1) {
    const y = random.between(top + 12, scene.height);
    const reach = random.between(18, 70);
    page.add(
      ellipse(
        random.between(0, scene.width),
        y,
        reach,
        reach * 0.13,
        mix(mood.sky[1], '#ffffff', 0.25),
        'fill-opacity=".35"',
      ),
    );
  }
}

function paintLamp(page: Page, x: number, foot: number, scene: Scene, mood: Mood): void {
  const rise = scene.height * 0.24;
  page.add(
    rectangle(x - 1.6, foot - rise, 3.2, rise, mood.lit('#33383f')),
    rectangle(x - 4, foot - 5, 8, 5, mood.lit('#33383f')),
  );
  page.add(
    path(
      `M${px(x - 6)} ${px(foot - rise)}l2.500 -11h7l2.500 11z`,
      mood.isDark ? '#fff0c2' : mood.lit('#d9dcdc'),
    ),
  );
  page.add(rectangle(x - 7, foot - rise - 13, 14, 3, mood.lit('#33383f')));
  if (!mood.isDark) return;
  const glow = page.glow([
    [0, '#ffe2a0', 0.6],
    [0.3, '#ffd98a', 0.22],
    [1, '#ffd98a', 0],
  ]);
  page.add(ellipse(x, foot - rise - 5, 46, 46, glow), ellipse(x, foot + 6, 60, 13, glow));
}
