/**
 * What falls or drifts between us and the scene: rain, snow, fog.
 * Source: our own. Deviation: none.
 */
import type { Random } from '../random.ts';
import type { Scene } from '../scene.ts';
import type { Mood } from './mood.ts';
import { ellipse, px, rectangle, stroke, type Page } from './page.ts';

/** Mist that lies behind the things in front. */
export function paintMist(page: Page, scene: Scene, mood: Mood, random: Random): void {
  if (mood.weather !== 'foggy') return;
  const { width, height, horizon } = scene;
  const veil = page.linear(
    [0, horizon - height * 0.5],
    [0, height],
    [
      [0, mood.haze, 0.15],
      [0.5, mood.haze, 0.68],
      [1, mood.haze, 0.25],
    ],
  );
  page.add(rectangle(0, 0, width, height, veil));
  paintBanks(page, scene, mood, random, 5, 0.5);
}

/** Everything that passes in front of the things. */
export function paintFalling(page: Page, scene: Scene, mood: Mood, random: Random): void {
  if (mood.weather === 'rainy') paintRain(page, scene, mood, random);
  if (mood.weather === 'snowy') paintSnow(page, scene, mood, random);
  if (mood.weather === 'foggy') paintBanks(page, scene, mood, random, 3, 0.3);
}

function paintBanks(
  page: Page,
  scene: Scene,
  mood: Mood,
  random: Random,
  count: number,
  opacity: number,
): void {
  const bank = page.glow([
    [0, mood.haze, opacity],
    [0.55, mood.haze, opacity * 0.6],
    [1, mood.haze, 0],
  ]);
  for (let index = 0; index < count; index += 1) {
    const y = scene.horizon + random.between(-0.16, 0.3) * scene.height;
    const reach = scene.width * random.between(0.35, 0.7);
    page.add(
      ellipse(random.between(0, scene.width), y, reach, scene.height * random.between(0.05, 0.1), bank),
    );
  }
}

function paintRain(page: Page, scene: Scene, mood: Mood, random: Random): void {
  const lean = random.between(-0.32, 0.32);
  for (const layer of [
    { count: 190, length: 0.035, width: 0.9, opacity: 0.4 },
    { count: 70, length: 0.07, width: 1.5, opacity: 0.5 },
  ]) {
    let data = '';
    for (let index = 0; index < layer.count; index += 1) {
      const length = scene.height * layer.length * random.between(0.7, 1.3);
      const [x, y] = [random.between(-20, scene.width + 20), random.between(-20, scene.height)];
      data += `M${px(x)} ${px(y)}l${px(lean * length)} ${px(length)}`;
    }
    page.add(stroke(data, mood.isDark ? '#a9bce0' : '#eaf2fa', layer.width, layer.opacity));
  }
}

function paintSnow(page: Page, scene: Scene, mood: Mood, random: Random): void {
  for (let index = 0; index < 210; index += 1) {
    const nearness = random.next() ** 3;
    const size = 1.1 + 3.1 * nearness;
    const look = `fill-opacity="${random.between(0.55, 0.95).toFixed(2)}"`;
    page.add(
      ellipse(
        random.between(0, scene.width),
        random.between(0, scene.height),
        size,
        size,
        mood.isDark ? '#d5def0' : '#ffffff',
        look,
      ),
    );
  }
}
