/**
 * Forest, mountains and the snowfield.
 * Source: our own. Deviation: none.
 */
import { mix } from '../colours.ts';
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';
import { paintGrass, paintHills } from './land.ts';
import type { Mood } from './mood.ts';
import { ellipse, path, polygon, px, rectangle, stroke, type Page, type Point } from './page.ts';
import { below, fir, puff, scatter, swell, tuft } from './shapes.ts';

export function paintForest(page: Page, scene: Scene, mood: Mood, random: Random, light: Point | null): void {
  const { width, height, horizon } = scene;
  const isFirs = random.chance(0.5);
  for (const [index, distance] of [0.6, 0.36, 0.14].entries()) {
    const hex = isFirs
      ? (['#4f7f68', '#34684c', '#245238'] as const)[index]
      : (['#6f9a5c', '#4f8446', '#38693a'] as const)[index];
    const rise = height * (0.22 + 0.13 * index);
    const foot = horizon + height * (0.005 + 0.02 * index);
    // The dark between the trunks; no sky shines through a wood at its foot.
    page.add(rectangle(0, foot - height * 0.055, width, height * 0.07, mood.far('#2c4a3a', distance)));
    for (let x = random.between(-40, 0); x < width + 30; x += rise * random.between(0.14, 0.3)) {
      if (isFirs)
        paintFir(
          page,
          [x, foot],
          rise * random.between(0.75, 1.15),
          hex ?? '#34684c',
          distance,
          mood,
          random,
        );
      else
        paintBroadleaf(
          page,
          [x, foot],
          rise * random.between(0.8, 1.2),
          hex ?? '#4f8446',
          distance,
          mood,
          random,
        );
    }
  }
  const fill = page.linear(
    [0, horizon],
    [0, height],
    [
      [0, mood.ground('#4c6f3a', 0.12)],
      [0.3, mood.ground('#62783a')],
      [1, mood.ground('#54502c')],
    ],
  );
  page.add(path(below(swell(width, horizon + height * 0.045, height * 0.012, random), height), fill));
  paintForestFloor(page, scene, mood, random);
  if (light !== null && !mood.isDark) paintRays(page, scene, mood, random, light);
}

function paintFir(
  page: Page,
  foot: Point,
  size: number,
  hex: string,
  distance: number,
  mood: Mood,
  random: Random,
): void {
  const shape = fir(foot[0], foot[1], size, random);
  const needles = mix(hex, random.pick(['#7fa36a', '#2f6f70', '#1f3f2c']), random.between(0, 0.3));
  page.add(
    rectangle(
      foot[0] - size * 0.02,
      foot[1] - size * 0.1,
      size * 0.04,
      size * 0.12,
      mood.far('#4a3626', distance),
    ),
  );
  page.add(
    path(
      shape,
      page.fall([
        [0, mood.far(needles, distance)],
        [1, mood.far(mix(needles, '#12301f', 0.5), distance)],
      ]),
    ),
  );
  if (mood.snowLies) {
    page.add(
      path(
        shape,
        mood.far('#f4f8fc', distance),
        `fill-opacity=".62" transform="translate(${px(foot[0] * 0.22)} ${px((foot[1] - size) * 0.22)}) scale(.78)"`,
      ),
    );
  }
}

function paintBroadleaf(
  page: Page,
  foot: Point,
  size: number,
  hex: string,
  distance: number,
  mood: Mood,
  random: Random,
): void {
  const [x, y] = foot;
  page.add(
    rectangle(
      x - size * 0.03,
      y - size * 0.6,
      size * 0.06,
      size * 0.62,
      mood.far(random.pick(['#5a4330', '#6b5a4a']), distance),
    ),
  );
  const leaves = mix(hex, random.pick(['#b3bd5a', '#d0a850', '#2f6a3a', '#7fae5a']), random.between(0, 0.32));
  const crown = page.fall([
    [0, mood.far(mood.snowLies ? '#eef3f8' : mix(leaves, '#f4e9b0', 0.12), distance)],
    [1, mood.far(mood.snowLies ? '#a9b9c0' : mix(leaves, '#14301f', 0.35), distance)],
  ]);
  for (const [dx, dy, reach] of [
    [-0.2, 0.42, 0.44],
    [0.16, 0.5, 0.46],
    [-0.04, 0.66, 0.44],
  ] as const) {
    page.add(
      path(puff(x + (dx - reach / 2) * size, y - dy * size, reach * size, size * 0.34, random), crown),
    );
  }
}

function paintForestFloor(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const top = horizon + height * 0.07;
  const leaves = mood.snowLies
    ? ['#dfe8f0', '#ffffff', '#b9c9d6']
    : ['#8a7a3a', '#a5713c', '#7f9a45', '#3f5f2c', '#c9a04e'];
  scatter(320, width, top, height, random, (x, y, scale) => {
    page.add(ellipse(x, y, 3.4 * scale, 1.5 * scale, mood.lit(random.pick(leaves)), 'fill-opacity=".65"'));
  });
  const ferns = mood.snowLies ? ['#c3d0d6'] : ['#3f7a36', '#5a9442', '#2f6432'];
  scatter(130, width, top, height, random, (x, y, scale) => {
    page.add(stroke(tuft(x, y, 19 * scale, random), mood.lit(random.pick(ferns)), 1.8 * scale, 0.85));
  });
}

function paintRays(page: Page, scene: Scene, mood: Mood, random: Random, light: Point): void {
  const ray = page.linear(
    [0, light[1]],
    [0, scene.height * 0.9],
    [
      [0, mood.sun, 0.3],
      [1, mood.sun, 0],
    ],
  );
  for (let index = 0; index < 5; index += 1) {
    const drift = random.between(-0.5, 0.5) * scene.width;
    const foot = light[0] + drift;
    const data = `M${px(light[0])} ${px(light[1])}L${px(foot)} ${px(scene.height)}h${px(random.between(30, 90))}Z`;
    page.add(path(data, ray));
  }
}

export function paintMountains(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  for (const [rank, distance] of [0.55, 0.3].entries()) {
    const step = width * (rank === 0 ? 0.22 : 0.34);
    for (let x = random.between(-0.2, 0.1) * width; x < width * 1.1; x += step * random.between(0.7, 1.2)) {
      const rise = height * random.between(0.2, 0.36) * (rank === 0 ? 1.1 : 1);
      paintPeak(page, [x, horizon + 8], rise, distance, mood, random);
    }
  }
  paintHills(page, scene, mood, random, ['#5f8f7a', '#5a9460', '#7fb35a']);
  for (let x = -8; x < width + 8; x += random.between(8, 30)) {
    const foot = horizon + height * random.between(-0.005, 0.022);
    paintFir(page, [x, foot], height * random.between(0.035, 0.075), '#2f5f46', 0.24, mood, random);
  }
  const fill = page.linear(
    [0, horizon],
    [0, height],
    [
      [0, mood.ground('#8fbf62', 0.1)],
      [0.4, mood.ground('#66a048')],
      [1, mood.ground('#417a35')],
    ],
  );
  page.add(path(below(swell(width, horizon + height * 0.03, height * 0.012, random), height), fill));
  paintGrass(page, scene, mood, random, horizon + height * 0.06);
  scatter(26, width, horizon + height * 0.06, height, random, (x, y, scale) => {
    page.add(
      path(puff(x, y, 22 * scale, 9 * scale, random), mood.ground('#8d9096')),
      path(puff(x + 3, y - 2 * scale, 12 * scale, 6 * scale, random), mood.ground('#b9bcc0')),
    );
  });
}

/** A peak with a sunny and a shaded face and snow on top. */
function paintPeak(
  page: Page,
  foot: Point,
  rise: number,
  distance: number,
  mood: Mood,
  random: Random,
): void {
  const [x, y] = foot;
  const half = rise * random.between(0.75, 1.1);
  const top: Point = [x + random.between(-0.12, 0.12) * half, y - rise];
  const spine: Point[] = [
    top,
    [top[0] + half * 0.1, y - rise * 0.72],
    [top[0] - half * 0.03, y - rise * 0.45],
    [top[0] + half * 0.14, y],
  ];
  page.add(path(polygon([...spine, [x - half, y]]), mood.far('#8d93a3', distance)));
  page.add(path(polygon([...spine, [x + half, y]]), mood.far('#5f6678', distance)));
  const snowAt = random.between(0.3, 0.46);
  const left = (share: number): Point => [top[0] + (x - half - top[0]) * share, top[1] + rise * share];
  const right = (share: number): Point => [top[0] + (x + half - top[0]) * share, top[1] + rise * share];
  const between = (a: Point, b: Point, share: number, lower: number): Point => [
    a[0] + (b[0] - a[0]) * share,
    a[1] + lower * rise,
  ];
  const [l, r] = [left(snowAt), right(snowAt * 0.92)];
  const jags: Point[] = [
    l,
    between(l, r, 0.14, -0.06),
    between(l, r, 0.26, 0.05),
    between(l, r, 0.38, -0.04),
    between(l, r, 0.52, 0.08),
  ];
  page.add(path(polygon([top, ...jags, spine[1] ?? top]), mood.far('#fdfeff', distance * 0.6)));
  page.add(
    path(
      polygon([
        top,
        spine[1] ?? top,
        between(l, r, 0.52, 0.08),
        between(l, r, 0.68, -0.05),
        between(l, r, 0.82, 0.04),
        r,
      ]),
      mood.far('#cbd7e8', distance * 0.7),
    ),
  );
}

export function paintWinter(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const swells = ['#d5e0ee', '#dfe8f2'] as const;
  for (const [index, hex] of swells.entries()) {
    const line = swell(width, horizon - height * (0.06 - 0.03 * index), height * 0.04, random);
    page.add(path(below(line, horizon + height * 0.08), mood.far(hex, 0.4 - 0.2 * index)));
    for (let x = -20; x < width + 20; x += random.between(16, 70)) {
      const foot = horizon + height * (0.02 * index - 0.012);
      paintFir(
        page,
        [x, foot],
        height * random.between(0.07, 0.15) * (1 + 0.5 * index),
        '#3f6a5a',
        0.46 - 0.2 * index,
        mood,
        random,
      );
    }
  }
  const fill = page.linear(
    [0, horizon],
    [0, height],
    [
      [0, mood.lit('#e6eef7')],
      [0.3, mood.lit('#f8fbff')],
      [1, mood.lit('#d3e0ef')],
    ],
  );
  page.add(path(below(swell(width, horizon + height * 0.02, height * 0.015, random), height), fill));
  for (const depth of [0.25, 0.5, 0.75]) {
    const line = swell(width, horizon + (height - horizon) * depth, height * 0.02, random);
    const drift = page.linear(
      [0, horizon + (height - horizon) * depth - 10],
      [0, horizon + (height - horizon) * (depth + 0.24)],
      [
        [0, mood.lit('#b9cbe2'), 0.5],
        [1, mood.lit('#b9cbe2'), 0],
      ],
    );
    page.add(path(below(line, height), drift));
  }
  scatter(120, width, horizon + height * 0.05, height, random, (x, y, scale) => {
    page.add(
      ellipse(x, y, 1.3 * scale, 1.1 * scale, '#ffffff', `fill-opacity="${mood.isDark ? 0.35 : 0.95}"`),
    );
  });
}
