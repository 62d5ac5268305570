/**
 * Sea, beach, lake and the world under water.
 * Source: our own. Deviation: none.
 */
import { mix } from '../colours.ts';
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';
import type { Mood } from './mood.ts';
import { ellipse, path, px, rectangle, stroke, type Page, type Point } from './page.ts';
import { below, fir, heightAt, puff, ridge, scatter, swell, tuft } from './shapes.ts';

export function paintSea(page: Page, scene: Scene, mood: Mood, random: Random, light: Point | null): void {
  if (random.chance(0.5)) paintCoast(page, scene, mood, random);
  paintWater(page, scene, mood, random, {
    bottom: scene.height,
    deep: random.pick(['#14588f', '#0f6a8a', '#1b4f86']),
    light,
  });
}

export function paintBeach(page: Page, scene: Scene, mood: Mood, random: Random, light: Point | null): void {
  const { width, height, horizon } = scene;
  if (random.chance(0.4)) paintCoast(page, scene, mood, random);
  const shore = horizon + (height - horizon) * 0.36;
  paintWater(page, scene, mood, random, {
    bottom: shore + 30,
    deep: random.pick(['#1d8fb0', '#1879ad', '#2a9d9f']),
    light,
  });
  const line = swell(width, shore, height * 0.018, random);
  page.add(path(below(lower(line, -height * 0.012), height), mood.lit('#8fd3d6'), 'fill-opacity=".55"'));
  page.add(path(below(line, height), mood.lit('#ffffff')));
  page.add(path(below(lower(line, height * 0.011), height), mood.lit('#b8935f')));
  const sand = page.linear(
    [0, shore],
    [0, height],
    [
      [0, mood.lit('#d6b27c')],
      [0.2, mood.lit('#ecd09a')],
      [1, mood.lit('#e2bd80')],
    ],
  );
  page.add(path(below(lower(line, height * 0.034), height), sand));
  const top = shore + height * 0.07;
  scatter(70, width, top, height, random, (x, y, scale) => {
    const reach = random.between(14, 46) * scale;
    page.add(
      stroke(
        `M${px(x)} ${px(y)}q${px(reach / 2)} ${px(-4 * scale)} ${px(reach)} 0`,
        mood.lit('#b98f56'),
        1.3 * scale,
        0.35,
      ),
    );
  });
  scatter(220, width, top, height, random, (x, y, scale) => {
    const colour = random.pick(['#fbe9c4', '#a97f4c', '#c79f66']);
    page.add(ellipse(x, y, 1.5 * scale, 0.9 * scale, mood.lit(colour), 'fill-opacity=".7"'));
  });
}

function lower(points: readonly Point[], by: number): Point[] {
  return points.map(([x, y]): Point => [x, y + by]);
}

export function paintLake(page: Page, scene: Scene, mood: Mood, random: Random, light: Point | null): void {
  const { width, height, horizon } = scene;
  for (const [index, distance] of [0.62, 0.4].entries()) {
    const line = ridge(width, horizon - height * (0.1 - index * 0.045), height * 0.045, 0.55, random);
    page.add(path(below(line, horizon + 2), mood.ground(index === 0 ? '#5f8a6a' : '#4a7a4c', distance)));
  }
  const bank = horizon + (height - horizon) * 0.6;
  paintWater(page, scene, mood, random, {
    bottom: bank + 20,
    deep: random.pick(['#2c6f91', '#357f8d', '#2a628c']),
    light,
  });
  const mirror = page.linear(
    [0, horizon],
    [0, horizon + height * 0.1],
    [
      [0, mood.ground('#3f6a48', 0.35), 0.6],
      [1, mood.ground('#3f6a48', 0.35), 0],
    ],
  );
  page.add(rectangle(0, horizon, width, height * 0.1, mirror));
  for (let x = -10; x < width; x += random.between(6, 15)) {
    page.add(
      path(fir(x, horizon + 2, height * random.between(0.035, 0.075), random), mood.ground('#2f5a3a', 0.28)),
    );
  }
  const line = swell(width, bank, height * 0.022, random);
  page.add(
    path(
      below(
        line.map(([x, y]): Point => [x, y - 3]),
        height,
      ),
      mood.lit('#5a4b36'),
    ),
  );
  const grass = page.linear(
    [0, bank],
    [0, height],
    [
      [0, mood.ground('#7fae4e')],
      [1, mood.ground('#4d8338')],
    ],
  );
  page.add(path(below(line, height), grass));
  scatter(240, width, bank + 8, height, random, (x, y, scale) => {
    page.add(
      stroke(
        tuft(x, y, 13 * scale, random),
        mood.ground(random.pick(['#3f722c', '#8fbf57', '#5b953f'])),
        1.3 * scale,
      ),
    );
  });
  for (let x = 0; x < width; x += random.between(8, 60)) {
    if (random.chance(0.45))
      paintReed(page, x, heightAt(line, x) + 4, height * random.between(0.04, 0.075), mood);
  }
}

function paintReed(page: Page, x: number, y: number, size: number, mood: Mood): void {
  page.add(
    stroke(
      `M${px(x)} ${px(y)}l2 ${px(-size)}M${px(x + 3)} ${px(y)}q5 ${px(-size * 0.5)} 8 ${px(-size * 0.7)}`,
      mood.lit('#6f8f3e'),
      1.4,
    ),
  );
  page.add(ellipse(x + 2, y - size, 1.7, size * 0.16, mood.lit('#6b4526')));
}

interface Water {
  readonly bottom: number;
  readonly deep: string;
  readonly light: Point | null;
}

/** Water from the horizon down: gradient, rows of waves that widen towards us, the path of light under the sun. */
function paintWater(page: Page, scene: Scene, mood: Mood, random: Random, water: Water): void {
  const { width, height, horizon } = scene;
  const far = mix(mood.lit(mix(water.deep, '#7fc4de', 0.45)), mood.sky[2], 0.45);
  const near = mix(mood.lit(water.deep), mood.sky[0], 0.12);
  const fill = page.linear(
    [0, horizon],
    [0, water.bottom],
    [
      [0, far],
      [0.35, mix(far, near, 0.6)],
      [1, near],
    ],
  );
  page.add(rectangle(0, horizon, width, water.bottom - horizon, fill));
  const [crest, trough] = [mix(far, '#ffffff', mood.isDark ? 0.12 : 0.4), mix(near, '#04182e', 0.35)];
  for (let y = horizon + 4; y < water.bottom; y += 2.5 + ((y - horizon) / (height - horizon)) * 11) {
    const scale = 0.15 + (y - horizon) / (height - horizon);
    for (let x = random.between(-60, 0); x < width; x += random.between(30, 130) * (0.3 + scale)) {
      const reach = random.between(18, 70) * scale;
      const wave = `M${px(x)} ${px(y)}q${px(reach / 2)} ${px(-6 * scale)} ${px(reach)} 0`;
      page.add(stroke(wave, random.chance(0.6) ? crest : trough, 0.6 + 2 * scale, 0.4));
    }
  }
  if (water.light === null) return;
  for (let y = horizon + 2; y < water.bottom; y += 4 + ((y - horizon) / (height - horizon)) * 5) {
    const spread = 8 + (y - horizon) * 0.22;
    const x = water.light[0] + random.between(-spread, spread);
    const reach = random.between(5, 20) + spread * 0.35;
    page.add(
      ellipse(
        x,
        y,
        reach,
        1.1 + (y - horizon) * 0.006,
        mood.sun,
        `fill-opacity="${mood.isDark ? 0.3 : 0.5}"`,
      ),
    );
  }
}

function paintCoast(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const isLeft = random.chance(0.5);
  const reach = width * random.between(0.3, 0.6);
  const line = ridge(reach, 0, 1, 0.5, random).map(([x, y]): Point => {
    const share = isLeft ? x / reach : 1 - x / reach;
    const rise = (1 - share) * (0.7 + 0.3 * -y) * height * 0.09;
    return [isLeft ? x : width - reach + x, horizon - Math.max(0, rise)];
  });
  page.add(path(below(line, horizon + 1), mood.far('#4f7a6b', 0.6)));
}

export function paintUnderwater(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const [top, middle, deep] = random.pick([
    ['#6fd3e8', '#2191c4', '#0c4f8a'],
    ['#7fe0d8', '#1f9fae', '#0d5a78'],
    ['#5fb4ea', '#2171c0', '#0e3d85'],
  ] as const);
  const fill = page.linear(
    [0, 0],
    [0, height],
    [
      [0, top],
      [0.4, middle],
      [1, deep],
    ],
  );
  page.add(rectangle(0, 0, width, height, fill));
  const shaft = page.linear(
    [0, 0],
    [0, horizon],
    [
      [0, '#ffffff', 0.3],
      [1, '#ffffff', 0],
    ],
  );
  for (let index = 0; index < 7; index += 1) {
    const x = random.between(-0.1, 1) * width;
    const spread = random.between(12, 60);
    const drift = random.between(20, 110);
    page.add(
      path(
        `M${px(x)} 0h${px(spread)}L${px(x + spread * 2.2 + drift)} ${px(horizon)}H${px(x + drift)}Z`,
        shaft,
      ),
    );
  }
  const rocks = ridge(width, horizon - height * 0.03, height * 0.06, 0.55, random);
  page.add(path(below(rocks, height), mix(deep, middle, 0.35), 'fill-opacity=".8"'));
  const floorLine = swell(width, horizon + height * 0.01, height * 0.015, random);
  const sand = page.linear(
    [0, horizon],
    [0, height],
    [
      [0, mix('#d9c08a', middle, 0.45)],
      [1, mix('#e8d3a0', deep, 0.25)],
    ],
  );
  page.add(path(below(floorLine, height), sand));
  scatter(90, width, horizon + height * 0.03, height, random, (x, y, scale) => {
    const reach = random.between(10, 34) * scale;
    page.add(
      stroke(`M${px(x)} ${px(y)}q${px(reach / 2)} ${px(-3 * scale)} ${px(reach)} 0`, '#8f7d55', 1.2, 0.35),
    );
  });
  paintSeaweed(page, scene, mood, random, floorLine);
  for (let index = 0; index < 34; index += 1) {
    const size = random.between(1.2, 5);
    const look = 'stroke="#ffffff" stroke-opacity=".55" stroke-width=".9" fill-opacity=".14"';
    page.add(ellipse(random.between(0, width), random.between(0, horizon), size, size, '#ffffff', look));
  }
}

function paintSeaweed(page: Page, scene: Scene, mood: Mood, random: Random, line: readonly Point[]): void {
  for (let index = 0; index < 16; index += 1) {
    const x = random.between(0, scene.width);
    const y = heightAt(line, x) + 4;
    const colour = mood.lit(random.pick(['#1f7f5a', '#2f9a5a', '#16705f', '#5a8f3a']));
    for (let blade = 0; blade < 3; blade += 1) {
      const rise = scene.height * random.between(0.05, 0.15);
      const sway = random.between(-9, 9);
      const data = `M${px(x + blade * 5)} ${px(y)}q${px(sway)} ${px(-rise / 3)} 0 ${px(-rise / 2)}t${px(sway / 2)} ${px(-rise / 2)}`;
      page.add(stroke(data, colour, random.between(2.4, 4.6), 0.85));
    }
    if (random.chance(0.35)) {
      const coral = random.pick(['#e8836b', '#d9688f', '#e8a95a']);
      page.add(
        path(
          puff(x + 14, y + 3, random.between(20, 44), random.between(10, 20), random),
          coral,
          'fill-opacity=".7"',
        ),
      );
    }
  }
}
