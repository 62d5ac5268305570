/**
 * Lists, facets and texts of a large library: how long whoever asks waits, and how much of it the thread that
 * serves is busy.
 * Source: our own; photos and what they say are made up. Deviation: none.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { facetNames, Library, type PhotoFilter } from '../../../indexer/index.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

const PHOTOS = 100_000;
const PHOTOS_QUICK = 10_000;
const PHOTOS_PER_COMMIT = 2048;
const DIMENSION = 4;
const ROUNDS = 5;

const filters: readonly (readonly [name: string, filter: PhotoFilter | null])[] = [
  ['every photo', null],
  ['one camera of forty', { camera: 'Camera 7' }],
  ['the later half', { taken: { from: '2015' } }],
];

export const facetsSection: BenchSection = {
  name: 'facets',
  title: 'Facets and lists of a large library',
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const builder = new ResultBuilder();
  const count = context.quick ? PHOTOS_QUICK : PHOTOS;
  context.note(`${count} photos are made up`);
  const library = await Library.open({
    dataFolder: path.join(context.workFolder, 'library'),
    mode: 'write',
    model: { name: 'made up', identity: 'made-up', dimension: DIMENSION },
  });
  try {
    fill(library, count);
    const rows: (readonly (string | number)[])[] = [];
    for (const [name, filter] of filters) {
      const nowMs = Date.now();
      const measured = {
        facets: () => library.inquirer.ask('facets', { filter, names: facetNames, nowMs }),
        list: () => library.inquirer.ask('list', { filter, after: null, limit: 50, nowMs }),
      };
      for (const [what, work] of Object.entries(measured)) {
        const { medianMs, busyMs } = await timed(work);
        builder.value(`${what} of ${name}: ms`, medianMs);
        builder.value(`${what} of ${name}: busy ms`, busyMs);
        rows.push([`${what} of ${name}`, figure(medianMs, 'ms'), figure(busyMs, 'ms')]);
      }
    }
    builder.table(
      `${count} photos, three keywords each`,
      ['asked', 'answered in', 'of it the serving thread'],
      rows,
    );
    builder.remark(
      'Median of five, after one. All but what is told of the serving thread is done in a thread of its own.',
    );
  } finally {
    await library.close();
  }
  return builder.result();
}

/** Busy: of the thread that serves, on average of the rounds. What waits for the processor counts as busy, too. */
async function timed(
  work: () => Promise<unknown>,
): Promise<{ readonly medianMs: number; readonly busyMs: number }> {
  await work();
  const before = performance.eventLoopUtilization();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  const { active } = performance.eventLoopUtilization(before);
  const sorted = times.toSorted((a, b) => a - b);
  return { medianMs: sorted[Math.floor(ROUNDS / 2)] ?? 0, busyMs: active / ROUNDS };
}

function fill(library: Library, count: number): void {
  const { store, generation } = library;
  const rootId = store.roots.add('/made-up/Photos', 'folder', 1);
  const vector = new Float32Array(DIMENSION).fill(1 / Math.sqrt(DIMENSION));
  for (let start = 0; start < count; start += PHOTOS_PER_COMMIT) {
    const entries = Array.from({ length: Math.min(PHOTOS_PER_COMMIT, count - start) }, (_, row) => {
      const number = start + row;
      return {
        kind: 'photo' as const,
        path: `/made-up/Photos/${yearOf(number)}/album ${number % 1500}/IMG_${number}.jpg`,
        rootId,
        bytes: 1_000_000 + number,
        modifiedMs: 1,
        movedFrom: null,
        content: { vector, facts: factsOf(number) },
      };
    });
    store.commit(entries, generation.id);
  }
}

function yearOf(number: number): number {
  return 2005 + (number % 20);
}

function factsOf(number: number) {
  const [month, day] = [1 + ((number * 7) % 12), 1 + (number % 28)].map((part) =>
    String(part).padStart(2, '0'),
  );
  const isPlaced = number % 2 === 1;
  return {
    hash: createHash('sha256').update(String(number)).digest('hex'),
    bytes: 1_000_000 + number,
    width: number % 3 === 0 ? 3000 : 4000,
    height: 3000,
    format: number % 4 === 2 ? 'heic' : 'jpeg',
    takenAt: number % 10 === 9 ? null : `${yearOf(number)}-${month}-${day}T10:00:00`,
    reader: 'made-up',
    details: {
      orientation: null,
      camera: `Camera ${number % 40}`,
      lens: `Lens ${number % 60}`,
      exposureSeconds: null,
      aperture: null,
      iso: null,
      focalLengthMm: null,
      latitude: isPlaced ? 45 + (number % 400) / 100 : null,
      longitude: isPlaced ? 8 + (number % 700) / 100 : null,
      altitudeM: null,
      title: null,
      caption: null,
      keywords: [`word ${number % 500}`, `thing ${number % 90}`, `tag ${number % 7}`],
      creator: null,
      copyright: null,
      location: isPlaced ? `Town ${number % 300}` : null,
      rating: null,
    },
  };
}
