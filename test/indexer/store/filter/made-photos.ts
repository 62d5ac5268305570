/**
 * A store of made-up photos of every kind that filters ask for, without any files.
 * Source: our own. Deviation: none.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { noDetails, Store, type CommitEntry, type ImageRecord } from '../../../../indexer/store/index.ts';
import { randomNumbers } from '../../../support/photo-folder.ts';

export const DIMENSION = 4;

/** A photo with all that is said of it. */
export interface MadePhoto {
  readonly image: ImageRecord;
  readonly hasVector: boolean;
  /** Of the content, of lists and of the engine, apart. */
  readonly tags: readonly string[];
  readonly engineTags: readonly string[];
  readonly captions: readonly string[];
}

export interface MadeStore {
  readonly store: Store;
  readonly generationId: number;
  readonly photos: readonly MadePhoto[];
}

export type Pick = <T>(all: readonly T[]) => T;

export const madeRoots = ['/home/ann/Photos', '/mnt/disk/Fotos', '/home/ann/Überseekoffer'] as const;
export const madeFolders = [
  '',
  '2022',
  '2023',
  '2023/rome',
  '2023/Rome/day one',
  'Straße',
  'a/b/c',
  'x[1]',
] as const;
const cameras = [
  null,
  'Canon EOS R5',
  'Nikon Z 6',
  'NIKON D750',
  'Größenwahn Ω-1',
  'Apple iPhone 12',
] as const;
const lenses = [null, 'RF 24-105mm F4', 'Σίγμα 35 mm ΟΔΟΣ', 'NIKKOR 50mm'] as const;
const formats = ['jpeg', 'png', 'heic', 'tiff'] as const;
export const madeWords = ['sea', 'Rome', 'Straße', 'ΟΔΟΣ', 'İzmir', 'one hundred'] as const;
const moments = [
  null,
  '2022-12-31T23:59:59',
  '2023-01-01T00:00:00',
  '2023-01-01',
  '2023-05-06T07:08:09',
  '2023-05-06T07:08:09+02:00',
  '2023-05-31T23:59:59Z',
  '2023-06-01',
  '2024-02-29T12:00:00',
  '2026-11-20T10:00:00',
  '2026-10-25T10:00:00-07:00',
  '9999-12-31T23:59:59',
] as const;
const points = [
  null,
  [52.52, 13.405],
  [52.39, 13.06],
  [-36.85, 174.76],
  [-18.1, 179.99],
  [-18.1, -179.99],
  [0, 180],
  [0, -180],
  [89.9, 20],
  [-90, 0],
  [0, 0],
] as const;

export function picker(random: () => number): Pick {
  return (all) => {
    const one = all[Math.floor(random() * all.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  };
}

/** @param folder where the database is made */
export function makeStore(folder: string, contents: number, seed: number): MadeStore {
  mkdirSync(folder, { recursive: true });
  const store = Store.open(path.join(folder, 'library.sqlite'), 'write');
  const key = { modelName: 'made', modelIdentity: 'made', preprocessVersion: '1' };
  const { generation } = store.generations.ensure({ ...key, dimension: DIMENSION });
  const rootIds = madeRoots.map((root, index) => store.roots.add(root, 'folder', index));
  const random = randomNumbers(seed);
  const entries: CommitEntry[] = [];
  for (let index = 0; index < contents; index += 1) {
    // Some bytes lie in several places.
    const places = random() < 0.2 ? 3 : 1;
    const facts = madeFacts(index, random);
    for (let place = 0; place < places; place += 1) {
      const root = Math.floor(random() * madeRoots.length);
      entries.push(entryOf(facts, { index, place, root, rootId: rootIds[root] ?? 0 }, picker(random)));
    }
  }
  store.commit(entries, generation.id);
  const made = { store, generationId: generation.id };
  const images = store.imagePages
    .page('plain', generation, 0, entries.length)
    .map(({ id }) => store.images.byId(id))
    .filter((image) => image !== undefined);
  const contentIds = [...new Set(images.map(({ contentId }) => contentId))];
  const dropped = dropVectors(made, contentIds);
  return { ...made, photos: sayTexts(store, images, random, dropped) };
}

type Facts = ReturnType<typeof madeFacts>;

function madeFacts(index: number, random: () => number) {
  const pick = picker(random);
  const maybe = <T>(value: T): T | null => (random() < 0.4 ? null : value);
  const point = pick(points);
  return {
    hash: createHash('sha256').update(`content ${index}`).digest('hex'),
    bytes: 1000 + Math.floor(random() * 20) * 1000,
    width: pick([640, 1000, 4000]),
    height: pick([640, 1000, 3000]),
    format: pick(formats),
    takenAt: pick(moments),
    reader: 'made',
    details: {
      ...noDetails,
      camera: pick(cameras),
      lens: pick(lenses),
      aperture: maybe(pick([1.8, 2.8, 8])),
      iso: maybe(pick([50, 100, 400, 6400])),
      focalLengthMm: maybe(pick([24, 50, 105])),
      latitude: point === null ? null : point[0],
      longitude: point === null ? null : point[1],
      title: random() < 0.1 ? 'a title' : null,
      caption: random() < 0.2 ? 'a caption' : null,
      keywords: random() < 0.3 ? [pick(madeWords)] : [],
      rating: maybe(pick([1, 3, 5])),
    },
  };
}

function entryOf(
  facts: Facts,
  at: { readonly index: number; readonly place: number; readonly root: number; readonly rootId: number },
  pick: Pick,
): CommitEntry {
  const { index, place, root, rootId } = at;
  const name = `${pick(['IMG', 'Gruß', 'a-b'])}_${index}-${place}.${pick(['jpg', 'JPG', 'png'])}`;
  return {
    kind: 'photo',
    path: path.join(madeRoots[root] ?? '', pick(madeFolders), name),
    rootId,
    bytes: facts.bytes,
    modifiedMs: 1,
    movedFrom: null,
    content: { facts, vector: new Float32Array(DIMENSION).fill(0.5) },
  };
}

/** Every tenth content loses its vector, as where a photo was indexed by another model only. */
function dropVectors(
  { store, generationId }: Omit<MadeStore, 'photos'>,
  contentIds: readonly number[],
): Set<number> {
  const dropped = contentIds.filter((_, index) => index % 10 === 3);
  store.vectors.drop(generationId, dropped);
  return new Set(dropped);
}

/** Lists name photos by path, so one of two copies may have a tag that the other has not. */
function sayTexts(
  store: Store,
  images: readonly ImageRecord[],
  random: () => number,
  dropped: ReadonlySet<number>,
): MadePhoto[] {
  const pick = picker(random);
  const list = store.texts.start('/home/ann/list.csv', 'file');
  const engine = store.textTags.start('everyday', 'made');
  const engineTags = new Map<number, string>();
  for (const { contentId } of images) {
    if (!engineTags.has(contentId) && random() < 0.5) engineTags.set(contentId, pick(madeWords));
  }
  store.textTags.set(
    engine,
    [...engineTags].map(([contentId, tag]) => ({ contentId, tags: [{ tag, score: 0.3, pMatch: null }] })),
  );
  return images.map((image) => {
    const { title, caption, keywords } = image.details;
    const said = [
      ...(random() < 0.2 ? [{ kind: 'tag' as const, text: pick(madeWords) }] : []),
      ...(random() < 0.1 ? [{ kind: 'caption' as const, text: 'from a list' }] : []),
    ];
    store.texts.add(
      list,
      said.map((one) => ({ ...one, path: image.path, key: null, metadata: null })),
    );
    const own = (kind: string) => said.filter((one) => one.kind === kind).map(({ text }) => text);
    return {
      image,
      hasVector: !dropped.has(image.contentId),
      tags: [...keywords, ...own('tag')],
      engineTags: [engineTags.get(image.contentId) ?? []].flat(),
      captions: [title, caption, ...own('caption')].filter((text) => text !== null),
    };
  });
}
