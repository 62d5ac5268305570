/**
 * Meadow, farm, desert, savanna and the hill under the night sky.
 * Source: our own. Deviation: none.
 */
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';
import type { Mood } from './mood.ts';
import { ellipse, path, polygon, px, rectangle, stroke, type Page, type Point } from './page.ts';
import { below, puff, ridge, scatter, swell, tuft } from './shapes.ts';

const flowers = ['#ffffff', '#ffe27a', '#ffd0de', '#d9c8ff'] as const;

export function paintMeadow(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const [near, far] = random.pick([
    ['#4f9a3c', '#86bf57'],
    ['#5c9c3a', '#a6c85c'],
    ['#3f8a44', '#79b765'],
  ] as const);
  paintHills(page, scene, mood, random, ['#6f9fa0', '#6aa379', far]);
  const line = swell(width, horizon + height * 0.01, height * 0.02, random);
  const fill = page.linear(
    [0, horizon],
    [0, height],
    [
      [0, mood.ground(far, 0.12)],
      [0.4, mood.ground(near)],
      [1, mood.ground('#3a7430')],
    ],
  );
  page.add(path(below(line, height), fill));
  paintGrass(page, scene, mood, random, horizon + height * 0.05);
  const flowerCount = mood.snowLies ? 0 : random.pick([40, 110, 190]);
  scatter(flowerCount, width, horizon + height * 0.06, height, random, (x, y, scale) => {
    page.add(ellipse(x, y, 2.1 * scale, 1.7 * scale, mood.lit(random.pick(flowers)), 'fill-opacity=".9"'));
  });
}

/** Three ranges of hills, the farthest first; paints from far to near. */
export function paintHills(
  page: Page,
  scene: Scene,
  mood: Mood,
  random: Random,
  paints: readonly [string, string, string],
): void {
  const { width, height, horizon } = scene;
  for (const [index, hex] of paints.entries()) {
    const nearness = index / paints.length;
    const y = horizon - height * (0.075 - 0.06 * nearness);
    const line = swell(width, y, height * (0.05 - 0.02 * nearness), random);
    const [top, bottom] = [mood.ground(hex, 0.62 - 0.5 * nearness), mood.ground(hex, 0.75 - 0.5 * nearness)];
    page.add(
      path(
        below(line, horizon + height * 0.06),
        page.fall([
          [0, top],
          [1, bottom],
        ]),
      ),
    );
    if (index === 0) continue;
    for (let x = random.between(-20, 30); x < width; x += random.between(20, 130)) {
      const size = height * random.between(0.012, 0.03) * (0.6 + nearness);
      const base = horizon - height * (0.02 - 0.03 * nearness) + size * 0.3;
      page.add(
        path(
          puff(x, base, size * 3.2, size, random),
          mood.ground('#3f7a45', 0.5 - 0.4 * nearness),
          'fill-opacity=".75"',
        ),
      );
    }
  }
}

export function paintGrass(page: Page, scene: Scene, mood: Mood, random: Random, top: number): void {
  const blades = mood.snowLies
    ? ['#cfdbe6', '#e6edf4', '#9fb4a6']
    : ['#3a752c', '#72ad48', '#95c45c', '#2f6a2b'];
  scatter(mood.snowLies ? 130 : 420, scene.width, top, scene.height, random, (x, y, scale) => {
    page.add(stroke(tuft(x, y, 12 * scale, random), mood.lit(random.pick(blades)), 1.2 * scale, 0.8));
  });
}

export function paintFarm(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  paintHills(page, scene, mood, random, ['#7fa39a', '#8fb05f', '#b8bd5a']);
  paintBarn(page, scene, mood, random);
  const fill = page.linear(
    [0, horizon],
    [0, height],
    [
      [0, mood.ground('#b9c766', 0.1)],
      [0.35, mood.ground('#7ba644')],
      [1, mood.ground('#4c7e33')],
    ],
  );
  page.add(rectangle(0, horizon, width, height - horizon, fill));
  const vanish: Point = [width * random.between(0.2, 0.8), horizon - height * 0.03];
  const rowsBottom = horizon + (height - horizon) * 0.16;
  for (let index = -16; index <= 16; index += 1) {
    const x = vanish[0] + (index * width) / 7;
    const share = (rowsBottom - vanish[1]) / (height - vanish[1]);
    const [footX, topShare] = [
      vanish[0] + (x * 2 - vanish[0]) * share,
      (horizon - vanish[1]) / (rowsBottom - vanish[1]),
    ];
    const topX = vanish[0] + (footX - vanish[0]) * topShare;
    page.add(
      stroke(
        `M${px(topX)} ${px(horizon)}L${px(footX)} ${px(rowsBottom)}`,
        mood.ground('#d4b94e', 0.08),
        2.2,
        0.55,
      ),
    );
  }
  paintFence(page, scene, mood, rowsBottom);
  paintGrass(page, scene, mood, random, rowsBottom + 6);
}

function paintBarn(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const size = scene.height * random.between(0.1, 0.13);
  const x = scene.width * random.between(0.08, 0.8);
  const y = scene.horizon + 3;
  const roof: Point[] = [
    [x - size * 0.1, y - size * 0.6],
    [x + size * 0.18, y - size * 0.95],
    [x + size * 0.6, y - size * 1.12],
    [x + size * 1.02, y - size * 0.95],
    [x + size * 1.3, y - size * 0.6],
  ];
  page.add(rectangle(x, y - size * 0.62, size * 1.2, size * 0.62, mood.far('#a5533f', 0.16)));
  page.add(path(polygon(roof), mood.snowLies ? mood.lit('#f2f5f9') : mood.far('#6d5a55', 0.16)));
  page.add(rectangle(x + size * 0.42, y - size * 0.42, size * 0.36, size * 0.42, mood.far('#efe4d2', 0.16)));
  page.add(rectangle(x + size * 0.45, y - size * 0.39, size * 0.3, size * 0.39, mood.far('#7d3c2e', 0.16)));
}

function paintFence(page: Page, scene: Scene, mood: Mood, y: number): void {
  const rise = scene.height * 0.052;
  const wood = mood.lit('#d8c3a0');
  for (const share of [0.3, 0.68]) {
    page.add(rectangle(0, y - rise * share - 2, scene.width, rise * 0.11, wood));
    page.add(rectangle(0, y - rise * share - 2 + rise * 0.09, scene.width, 1.1, mood.lit('#8e7a58')));
  }
  for (let x = 8; x < scene.width; x += scene.width * 0.062) {
    page.add(
      rectangle(x, y - rise, rise * 0.17, rise, wood),
      rectangle(x + rise * 0.13, y - rise, 1.4, rise, mood.lit('#8e7a58')),
    );
  }
}

export function paintDesert(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  paintMesas(page, scene, mood, random);
  for (const [index, depth] of [0, 0.16, 0.42].entries()) {
    const y = horizon + (height - horizon) * depth;
    const line = swell(width, y, height * (0.025 + 0.012 * index), random);
    const far = 0.28 - 0.14 * index;
    const fill = page.fall([
      [0, mood.far('#f2cd86', far)],
      [0.25, mood.far('#e0a95c', far)],
      [1, mood.far('#c98a45', far)],
    ]);
    page.add(path(below(line, height), fill));
    const crest = `M${line.map(([x, pointY]) => `${px(x)} ${px(pointY)}`).join('L')}`;
    page.add(stroke(crest, mood.lit('#fbe3ae'), 1.6, 0.6));
  }
  scatter(120, width, horizon + height * 0.1, height, random, (x, y, scale) => {
    const reach = random.between(20, 90) * scale;
    const data = `M${px(x)} ${px(y)}q${px(reach / 2)} ${px(-7 * scale)} ${px(reach)} 0`;
    page.add(stroke(data, mood.lit(random.pick(['#b67a3a', '#f6d79a'])), 1.5 * scale, 0.4));
  });
  scatter(22, width, horizon + height * 0.08, height, random, (x, y, scale) => {
    page.add(
      ellipse(x, y, 5 * scale, 2.6 * scale, mood.lit('#a5713c')),
      ellipse(x - 1, y - 1, 3.4 * scale, 1.4 * scale, mood.lit('#d3a365')),
    );
  });
}

function paintMesas(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  for (let index = 0; index < random.integer(1, 3); index += 1) {
    const [x, reach, rise] = [
      random.between(-0.1, 0.9) * width,
      width * random.between(0.12, 0.3),
      height * random.between(0.06, 0.13),
    ];
    const top = horizon - rise;
    const points: Point[] = [
      [x, horizon + 9],
      [x + reach * 0.12, top + rise * 0.35],
      [x + reach * 0.16, top],
      [x + reach * 0.82, top + rise * 0.04],
      [x + reach * 0.87, top + rise * 0.38],
      [x + reach, horizon + 9],
    ];
    page.add(
      path(
        polygon(points),
        page.fall([
          [0, mood.far('#b5643c', 0.35)],
          [1, mood.far('#d99a62', 0.5)],
        ]),
      ),
    );
    page.add(
      stroke(
        `M${px(x + reach * 0.15)} ${px(top + rise * 0.3)}H${px(x + reach * 0.85)}`,
        mood.far('#8a4a2e', 0.4),
        2,
        0.5,
      ),
    );
  }
}

export function paintSavanna(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const line = ridge(width, horizon - height * 0.02, height * 0.03, 0.45, random);
  page.add(path(below(line, horizon + 6), mood.far('#7f8f7a', 0.6)));
  const fill = page.linear(
    [0, horizon],
    [0, height],
    [
      [0, mood.far('#e3c777', 0.2)],
      [0.4, mood.lit('#cfa549')],
      [1, mood.lit('#9d7a32')],
    ],
  );
  page.add(rectangle(0, horizon, width, height - horizon, fill));
  for (let index = 0; index < random.integer(3, 6); index += 1) paintAcacia(page, scene, mood, random);
  scatter(420, width, horizon + height * 0.04, height, random, (x, y, scale) => {
    const colour = mood.lit(random.pick(['#8a6a28', '#e6c873', '#b58d3a', '#7f7a35']));
    page.add(stroke(tuft(x, y, 15 * scale, random), colour, 1.2 * scale, 0.8));
  });
}

/** A flat crown far away, part of the landscape. */
function paintAcacia(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const size = scene.height * random.between(0.05, 0.09);
  const [x, y] = [random.between(0, scene.width), scene.horizon + random.between(2, 8)];
  const trunk = `M${px(x)} ${px(y)}q${px(size * 0.1)} ${px(-size * 0.5)} ${px(-size * 0.25)} ${px(-size * 0.8)}M${px(x + 1)} ${px(y - size * 0.3)}q${px(size * 0.1)} ${px(-size * 0.3)} ${px(size * 0.4)} ${px(-size * 0.5)}`;
  page.add(stroke(trunk, mood.far('#5a4630', 0.25), 2));
  page.add(
    path(puff(x - size * 0.9, y - size * 0.72, size * 1.9, size * 0.4, random), mood.far('#5f7338', 0.25)),
  );
}

export function paintNightHill(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const { width, height, horizon } = scene;
  const back = ridge(width, horizon - height * 0.01, height * 0.05, 0.5, random);
  page.add(path(below(back, height), '#22336a'));
  const line = swell(width, horizon + height * 0.02, height * 0.025, random);
  page.add(
    path(
      below(line, height),
      page.fall([
        [0, '#2b5450'],
        [1, '#183330'],
      ]),
    ),
  );
  scatter(200, width, horizon + height * 0.05, height, random, (x, y, scale) => {
    page.add(
      stroke(
        tuft(x, y, 11 * scale, random),
        mood.lit(random.pick(['#3f7a4c', '#2c5a3d', '#5a8f5a'])),
        1.1 * scale,
        0.7,
      ),
    );
  });
}
