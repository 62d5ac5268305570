/**
 * Living room and kitchen: a wall with its window, a floor or a table.
 * Source: our own. Deviation: none.
 */
import { mix } from '../colours.ts';
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';
import type { Mood } from './mood.ts';
import { ellipse, path, px, rectangle, stroke, type Page } from './page.ts';
import { puff, swell, below } from './shapes.ts';

const walls = ['#e8d9c3', '#cfdcd0', '#d3dbe6', '#ead0c4', '#dfd6e4', '#e6dfae'] as const;

/** Lamps are lit at night: the light inside is warm and never as dark as the night. */
function indoor(mood: Mood, hex: string): string {
  return mood.isDark ? mix(mix(hex, '#2a1d10', 0.3), '#ffb45e', 0.1) : hex;
}

export function paintLivingRoom(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const wall = random.pick(walls);
  page.add(
    rectangle(
      0,
      0,
      width,
      horizon,
      page.fall([
        [0, indoor(mood, mix(wall, '#ffffff', 0.2))],
        [1, indoor(mood, mix(wall, '#6d5a48', 0.1))],
      ]),
    ),
  );
  paintWallpaper(page, scene, mood, random, wall);
  const isLeft = random.chance(0.5);
  const windowX = width * (isLeft ? random.between(0.07, 0.16) : random.between(0.56, 0.66));
  paintWindow(page, mood, random, [windowX, horizon * 0.12], width * 0.28, horizon * 0.56);
  const pictureX = width * (isLeft ? random.between(0.55, 0.68) : random.between(0.12, 0.24));
  paintPicture(
    page,
    mood,
    random,
    pictureX,
    horizon * random.between(0.14, 0.24),
    width * 0.2,
    horizon * 0.34,
  );
  page.add(
    rectangle(0, horizon - height * 0.028, width, height * 0.028, indoor(mood, '#f6f1e7')),
    rectangle(0, horizon - 1.5, width, 1.5, indoor(mood, '#9c8b73')),
  );
  paintFloor(page, scene, mood, random);
  if (mood.isDark) paintLampGlow(page, scene);
}

function paintWallpaper(page: Page, scene: Scene, mood: Mood, random: Random, wall: string): void {
  const tone = indoor(mood, mix(wall, '#8d7458', 0.22));
  const pattern = random.pick(['plain', 'stripes', 'dots'] as const);
  if (pattern === 'plain') return;
  const step = scene.width * 0.05;
  for (let x = step / 2; x < scene.width; x += step) {
    if (pattern === 'stripes') {
      page.add(rectangle(x, 0, step * 0.36, scene.horizon, tone, 'fill-opacity=".3"'));
      continue;
    }
    for (let y = step / 2; y < scene.horizon; y += step) {
      page.add(ellipse(x, y, 2.2, 2.2, tone, 'fill-opacity=".55"'));
    }
  }
}

function paintWindow(
  page: Page,
  mood: Mood,
  random: Random,
  corner: readonly [number, number],
  width: number,
  height: number,
): void {
  const [x, y] = corner;
  page.add(
    rectangle(x - 7, y - 7, width + 14, height + 14, indoor(mood, '#faf7f0')),
    rectangle(x - 12, y + height + 6, width + 24, 7, indoor(mood, '#e4dccd')),
  );
  const sky = mood.isDark ? (['#0d1638', '#2c3f70'] as const) : (['#6fb2e8', '#d6edf8'] as const);
  page.add(
    rectangle(
      x,
      y,
      width,
      height,
      page.fall([
        [0, sky[0]],
        [1, sky[1]],
      ]),
    ),
  );
  const hill = below(
    swell(width, y + height * 0.82, height * 0.05, random).map(
      ([hillX, hillY]) => [hillX + x, hillY] as const,
    ),
    y + height,
  );
  page.add(path(hill, mood.isDark ? '#16263c' : '#7fae6a'));
  if (mood.isDark) {
    for (let index = 0; index < 16; index += 1) {
      page.add(
        ellipse(x + random.between(3, width - 3), y + random.between(3, height * 0.7), 1, 1, '#ffffff'),
      );
    }
    page.add(ellipse(x + width * 0.72, y + height * 0.24, width * 0.07, width * 0.07, '#f6f1d8'));
  } else {
    page.add(
      path(
        puff(x + width * 0.1, y + height * 0.4, width * 0.45, height * 0.14, random),
        '#ffffff',
        'fill-opacity=".9"',
      ),
    );
  }
  const bar = indoor(mood, '#faf7f0');
  page.add(rectangle(x + width / 2 - 3, y, 6, height, bar), rectangle(x, y + height * 0.48, width, 5, bar));
  const curtain = indoor(mood, random.pick(['#c9776a', '#6f8fb0', '#8a9f6a', '#d0a860', '#a487b4']));
  for (const side of [-1, 1]) {
    const edge = side < 0 ? x - width * 0.12 : x + width * 1.12;
    const reach = -side * width * 0.22;
    const data = `M${px(edge)} ${px(y - 12)}h${px(reach)}q${px(-reach * 0.1)} ${px(height * 0.6)} ${px(-reach * 0.35)} ${px(height + 30)}H${px(edge)}Z`;
    page.add(path(data, curtain));
    for (const share of [0.25, 0.5]) {
      page.add(
        stroke(
          `M${px(edge + reach * share)} ${px(y - 10)}v${px(height + 24)}`,
          mix(curtain, '#2b1d1d', 0.4),
          1.6,
          0.5,
        ),
      );
    }
  }
  page.add(rectangle(x - width * 0.17, y - 16, width * 1.34, 5, indoor(mood, '#7a5c40')));
}

function paintPicture(
  page: Page,
  mood: Mood,
  random: Random,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  page.add(rectangle(x + 4, y + 5, width, height, '#000000', 'fill-opacity=".16"'));
  page.add(rectangle(x, y, width, height, indoor(mood, random.pick(['#6d4c33', '#2f2f33', '#b08d4f']))));
  const [inX, inY, inWidth, inHeight] = [
    x + width * 0.07,
    y + width * 0.07,
    width * 0.86,
    height - width * 0.14,
  ];
  page.add(rectangle(inX, inY, inWidth, inHeight, indoor(mood, '#f4efe4')));
  const tones = random.pick([
    ['#f2c9a0', '#d98f6a', '#8a5a5a'],
    ['#cfe3e8', '#7fb0b8', '#3f6f80'],
    ['#e9e0b8', '#b8b46a', '#6f7f4a'],
  ] as const);
  const [artX, artY, artWidth, artHeight] = [
    inX + inWidth * 0.1,
    inY + inHeight * 0.1,
    inWidth * 0.8,
    inHeight * 0.8,
  ];
  page.add(rectangle(artX, artY, artWidth, artHeight, indoor(mood, tones[0])));
  for (const [index, tone] of tones.slice(1).entries()) {
    const line = swell(artWidth, artY + artHeight * (0.5 + 0.22 * index), artHeight * 0.1, random);
    page.add(
      path(
        below(
          line.map(([lineX, lineY]) => [lineX + artX, lineY] as const),
          artY + artHeight,
        ),
        indoor(mood, tone),
      ),
    );
  }
}

function paintFloor(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const wood = random.pick(['#c79a66', '#a87a4c', '#d6b585', '#8f6844']);
  page.add(
    rectangle(
      0,
      horizon,
      width,
      height - horizon,
      page.fall([
        [0, indoor(mood, mix(wood, '#3a2616', 0.2))],
        [1, indoor(mood, wood)],
      ]),
    ),
  );
  const seam = indoor(mood, mix(wood, '#3a2616', 0.55));
  for (let index = -14; index <= 14; index += 1) {
    const top = width / 2 + index * width * 0.075;
    page.add(
      stroke(
        `M${px(top)} ${px(horizon)}L${px(width / 2 + index * width * 0.16)} ${px(height)}`,
        seam,
        1.1,
        0.55,
      ),
    );
  }
  const rug = indoor(mood, random.pick(['#b8554a', '#4f6f94', '#7d8f5a', '#c79a4e', '#86658f']));
  const [x, y, rx, ry] = [
    width * random.between(0.4, 0.6),
    horizon + (height - horizon) * 0.6,
    width * 0.4,
    (height - horizon) * 0.32,
  ];
  page.add(ellipse(x, y + 3, rx, ry, '#000000', 'fill-opacity=".18"'), ellipse(x, y, rx, ry, rug));
  page.add(
    ellipse(
      x,
      y,
      rx * 0.88,
      ry * 0.86,
      'none',
      `stroke="${indoor(mood, '#f2e6cf')}" stroke-width="3" stroke-opacity=".75"`,
    ),
  );
  page.add(ellipse(x, y, rx * 0.74, ry * 0.7, indoor(mood, mix(rug, '#ffffff', 0.16))));
}

function paintLampGlow(page: Page, scene: Scene): void {
  const glow = page.glow([
    [0, '#ffcf87', 0.34],
    [1, '#ffcf87', 0],
  ]);
  page.add(ellipse(scene.width * 0.5, scene.horizon * 0.6, scene.width * 0.62, scene.height * 0.6, glow));
}

export function paintKitchen(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const wall = random.pick(walls);
  page.add(rectangle(0, 0, width, horizon, indoor(mood, mix(wall, '#ffffff', 0.15))));
  const tile = width * 0.075;
  const tileTop = horizon * 0.5;
  for (let y = tileTop; y < horizon; y += tile * 0.62) {
    for (let x = -tile; x < width; x += tile) {
      const shade = indoor(mood, mix(mix(wall, '#ffffff', 0.55), '#8fa3ad', random.between(0, 0.14)));
      page.add(
        rectangle(
          x + (Math.round((y - tileTop) / (tile * 0.62)) % 2) * tile * 0.5,
          y,
          tile - 2,
          tile * 0.62 - 2,
          shade,
          'rx="1.5"',
        ),
      );
    }
  }
  const isLeft = random.chance(0.5);
  const windowX = isLeft ? width * 0.1 : width * 0.6;
  paintCupboards(page, scene, mood, random, isLeft ? 0.5 : 0.04);
  paintWindow(page, mood, random, [windowX, horizon * 0.1], width * 0.26, horizon * 0.52);
  paintTableTop(page, scene, mood, random);
  if (mood.isDark) paintLampGlow(page, scene);
  page.add(rectangle(0, horizon - height * 0.012, width, height * 0.012, '#000000', 'fill-opacity=".12"'));
}

function paintCupboards(page: Page, scene: Scene, mood: Mood, random: Random, from: number): void {
  const { width, horizon } = scene;
  const paint = indoor(mood, random.pick(['#7fa3a0', '#e9e2d3', '#b88a5e', '#8fa37f', '#5f7f9a']));
  for (let index = 0; index < 3; index += 1) {
    const [x, doorWidth] = [width * (from + index * 0.155), width * 0.15];
    page.add(rectangle(x, -4, doorWidth, horizon * 0.4, paint, 'rx="3"'));
    const look = `rx="3" stroke="${mix(paint, '#2b2b2b', 0.35)}" stroke-opacity=".6" stroke-width="1.5"`;
    page.add(rectangle(x + doorWidth * 0.12, -4, doorWidth * 0.76, horizon * 0.35, 'none', look));
    page.add(ellipse(x + doorWidth * 0.84, horizon * 0.33, 2.6, 2.6, '#e6d9b0'));
  }
  page.add(rectangle(width * from, horizon * 0.4 - 4, width * 0.46, 4, '#000000', 'fill-opacity=".18"'));
}

function paintTableTop(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const wood = random.pick(['#c99a62', '#b07f4a', '#e0bf8c', '#9a6b42']);
  page.add(
    rectangle(
      0,
      horizon,
      width,
      height - horizon,
      page.fall([
        [0, indoor(mood, mix(wood, '#ffffff', 0.12))],
        [1, indoor(mood, mix(wood, '#4a2f18', 0.18))],
      ]),
    ),
  );
  const grain = indoor(mood, mix(wood, '#4a2f18', 0.5));
  for (let y = horizon + 6; y < height; y += random.between(5, 13)) {
    const sag = random.between(-4, 4);
    page.add(
      stroke(
        `M0 ${px(y)}Q${px(width * random.between(0.2, 0.8))} ${px(y + sag)} ${width} ${px(y + sag / 2)}`,
        grain,
        random.between(0.5, 1.3),
        0.28,
      ),
    );
  }
  for (const share of [0.28, 0.62]) {
    page.add(stroke(`M0 ${px(horizon + (height - horizon) * share)}H${width}`, grain, 1.5, 0.6));
  }
  page.add(rectangle(0, horizon, width, 3, indoor(mood, mix(wood, '#ffffff', 0.4))));
}
