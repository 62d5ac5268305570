/**
 * The demo album: painted pictures whose captions are known to be true.
 * Source: our own. Deviation: none.
 */
export { caption, captionsOf, type Wording } from './caption.ts';
export { paintScene } from './paint/paint.ts';
export { randomStream, type Random } from './random.ts';
export { renderAlbum } from './render-album.ts';
export type { AlbumLine, AlbumOptions, AlbumProgress, AlbumReport } from './render-album.ts';
export { sampleScene, SIDE_DEFAULT } from './sample-scene.ts';
export { parseAlbumSeed, type AlbumSeed, type Relation, type Scene, type SceneObject } from './scene.ts';
