/**
 * Scene to SVG: sky, place, things, weather, from back to front.
 * Source: our own. Deviation: none.
 */
import type { BackgroundName } from '../catalogue/index.ts';
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
  const light = skyless.has(scene.background) ? null : paintSky(page, scene, mood, random);
  painters[scene.background](page, scene, mood, random, light);
}

/** @param light where sun or moon stand, null where they cannot be seen */
type Painter = (page: Page, scene: Scene, mood: Mood, random: Random, light: Point | null) => void;

const skyless: ReadonlySet<BackgroundName> = new Set(['underwater', 'living room', 'kitchen']);

const painters: Readonly<Record<BackgroundName, Painter>> = {
  sea: paintSea,
  beach: paintBeach,
  lake: paintLake,
  underwater: paintUnderwater,
  meadow: paintMeadow,
  farm: paintFarm,
  forest: paintForest,
  mountains: paintMountains,
  winter: paintWinter,
  city: paintCity,
  desert: paintDesert,
  savanna: paintSavanna,
  'night sky': paintNightHill,
  'living room': paintLivingRoom,
  kitchen: paintKitchen,
};
