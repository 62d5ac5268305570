/**
 * A library that is given another model: what it lacks is embedded beside the old vectors, then it is switched.
 * Source: DESIGN, "Truth and derivation". Deviation: none.
 */
import {
  explainMissing,
  reEmbed,
  type Generation,
  type Library,
  type MissingPhotos,
  type ReEmbedReport,
  type Settings,
} from '../../indexer/index.ts';
import type { Embedder, LocalEmbedder } from '../../model/index.ts';
import { SearchEngine } from '../../query/index.ts';
import { openModel } from './context.ts';
import { missingLines, switchText } from './generation-report.ts';
import { formatNumber, note, type ProgressLine } from './terminal.ts';

/** What became of the generation of the other model. */
export interface ModelChange extends ReEmbedReport {
  readonly target: Generation;
  /** Was searched before. */
  readonly before: Generation;
  /** null where the switch was made */
  readonly why: MissingPhotos | null;
}

/**
 * Completes the generation of this model and switches the library to it.
 * @returns null where the library is searched with this model already
 */
export async function changeModel(
  library: Library,
  embedder: Embedder,
  settings: Settings,
  signal: AbortSignal,
  line?: ProgressLine,
): Promise<ModelChange | null> {
  const before = library.generation;
  const target = library.generationFor(embedder);
  if (target.id === before.id) return null;
  const { fileBytesMax, imagePixelsMax, concurrency, redisUrl, localWork } = settings;
  const report = await reEmbed(library, embedder, {
    fileBytesMax,
    imagePixelsMax,
    concurrency,
    redisUrl,
    localWork,
    signal,
    onNotice: note,
    onProgress: ({ done, total }) =>
      line?.show(
        `${formatNumber(done)} of ${formatNumber(total ?? done)} photos for model "${target.modelName}"`,
      ),
  });
  const why = report.isActive ? null : await explainMissing(library, target.id, { signal });
  return { ...report, target: report.isActive ? library.generation : target, before, why };
}

/**
 * An engine for this library: with the model that was opened, or, where the library is searched with another one still,
 * with that one too, until the library is switched.
 * @returns `close` closes what was opened here, not the given model
 */
export async function openEngine(
  library: Library,
  embedder: Embedder,
  settings: Settings,
): Promise<{ readonly engine: SearchEngine; readonly close: () => Promise<void> }> {
  if (library.generation.modelIdentity === embedder.identity) {
    return { engine: new SearchEngine({ library, embedder }), close: () => Promise.resolve() };
  }
  note(besideText(library.generation.modelName, embedder.name));
  const own: LocalEmbedder = await openModel(
    { ...settings, dataFolder: library.dataFolder, model: null },
    { preload: ['text'], onNotice: note },
  );
  const engine = new SearchEngine({ library, embedder: own });
  engine.use(embedder);
  return { engine, close: () => own.close() };
}

export function besideText(active: string, other: string): string {
  return `The library is searched with model "${active}". Vectors of "${other}" are made beside it; when all are there, it is switched.`;
}

/** For `--json`. */
export function changeDocument({
  target,
  before,
  why,
  ...report
}: ModelChange): Readonly<Record<string, unknown>> {
  const { id, modelName, modelIdentity } = target;
  const { embedded, embeddedTexts, images, missing, missingTexts, isActive } = report;
  return {
    id,
    modelName,
    modelIdentity,
    isActive,
    embedded,
    embeddedTexts,
    images,
    missing,
    missingTexts,
    before: { id: before.id, modelName: before.modelName },
    why: why?.reasons ?? [],
  };
}

/** For people. */
export function changeText(change: ModelChange): string {
  const { target, before, images, missing, why } = change;
  if (why === null) return switchText(target, before, change);
  return [
    `${formatNumber(missing)} of ${formatNumber(images)} photos have no vector of "${target.modelName}", so the library is still searched with "${before.modelName}":`,
    ...missingLines(why),
    `To switch all the same: imglish generations activate ${target.id} --incomplete`,
  ].join('\n');
}
