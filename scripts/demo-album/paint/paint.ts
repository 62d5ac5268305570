/**
 * Scene to SVG: sky, place, things, weather, from back to front.
 * Source: our own. Deviation: none.
 */
import { randomStream, type Random } from '../random.ts';
import type { Scene } from '../scene.ts';
import { paintCity } from './city.ts';
import { paintForest, paintMountains, paintWinter } from './highland.ts';
import { paintKitchen, paintLivingRoom } from './indoors.ts';
import { paintDesert, paintFarm, paintMeadow, paintNightHill, paintSavanna } from './land.ts';
import { moodOf, type Mood } from './mood.ts';
import { paintObjects } from './objects.ts';
import { Page, type Point } from './page.ts';
import { paintSky } from './sky.ts';
import { paintBeach, paintLake, paintSea, paintUnderwater } from './water.ts';
import { paintFalling, paintMist } from './weather.ts';

/**
 * The picture as one SVG document of `scene.width` x `scene.height`, without text, so that no font can change it.
 * Equal scenes give equal text.
 * @throws AppError FILE_UNREADABLE when the icon set is missing.
 */
export function paintScene(scene: Scene): string {
  const random = randomStream('paint', scene.seed, scene.index);
  const mood = moodOf(scene, random);
  const page = new Page(scene.width, scene.height);
  paintPlace(page, scene, mood, random);
  paintMist(page, scene, mood, random);
  paintObjects(page, scene, mood);
  if (scene.weather !== null) paintFalling(page, scene, mood, random);
  return page.toSvg();
}

function paintPlace(page: Page, scene: Scene, mood: Mood, random: Random): void {
  switch (scene.background) {
    case 'underwater':
      return paintUnderwater(page, scene, mood, random);
    case 'living room':
      return paintLivingRoom(page, scene, mood, random);
    case 'kitchen':
      return paintKitchen(page, scene, mood, random);
    default:
      return paintOutdoors(page, scene, mood, random, paintSky(page, scene, mood, random));
  }
}

function paintOutdoors(page: Page, scene: Scene, mood: Mood, random: Random, light: Point | null): void {
  switch (scene.background) {
    case 'sea':
      return paintSea(page, scene, mood, random, light);
    case 'beach':
      return paintBeach(page, scene, mood, random, light);
    case 'lake':
      return paintLake(page, scene, mood, random, light);
    case 'meadow':
      return paintMeadow(page, scene, mood, random);
    case 'farm':
      return paintFarm(page, scene, mood, random);
    case 'forest':
      return paintForest(page, scene, mood, random, light);
    case 'mountains':
      return paintMountains(page, scene, mood, random);
    case 'winter':
      return paintWinter(page, scene, mood, random);
    case 'city':
      return paintCity(page, scene, mood, random);
    case 'desert':
      return paintDesert(page, scene, mood, random);
    case 'savanna':
      return paintSavanna(page, scene, mood, random);
    case 'night sky':
      return paintNightHill(page, scene, mood, random);
    case 'underwater':
    case 'living room':
    case 'kitchen':
      throw new Error(`${scene.background} has no sky`);
  }
}
