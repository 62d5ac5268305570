/**
 * `imglish eval --annotations`: opens model and data set, evaluates, prints.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import type { Settings } from '../../../indexer/index.ts';
import { preprocessVersion, productPreprocess, type LocalEmbedder } from '../../../model/index.ts';
import { MatchCalibration } from '../../../query/index.ts';
import {
  evaluatePhotos,
  evaluationTables,
  isSplitName,
  KeptVectors,
  knownDatasets,
  readDataset,
  type EvaluationReport,
} from '../../evaluate/index.ts';
import { openModel, using } from '../context.ts';
import {
  exitCodes,
  formatNumber,
  formatSeconds,
  interruptible,
  note,
  printable,
  ProgressLine,
} from '../terminal.ts';
import { sampleOf, type EvalFlags } from './flags.ts';
import { printReport } from './print-report.ts';

type DatasetFlags = EvalFlags & { readonly annotations: string; readonly images: string };

/** Skipped photos that are named one by one. */
const SKIPS_SHOWN_MAX = 20;

export async function evaluateDataset(flags: DatasetFlags, settings: Settings): Promise<void> {
  const known = flags.dataset === undefined ? undefined : knownDatasets[flags.dataset];
  // Papers report the test split.
  const split = flags.split ?? (known === undefined ? undefined : 'test');
  const foldPhotos = flags.fold ?? known?.foldPhotos;
  const sample = sampleOf(flags);
  const line = new ProgressLine({ isQuiet: flags.json === true });
  const { report, model } = await interruptible(async (signal) => {
    const dataset = await readDataset({
      annotations: flags.annotations,
      imagesFolder: flags.images,
      ...(split !== undefined && { split }),
      ...(sample !== undefined && { sample }),
      signal,
    });
    const embedder = await openModel(settings);
    return using([embedder], async () => {
      const kept = flags.keepVectors === true ? await openKept(embedder, settings) : undefined;
      const evaluated = await evaluatePhotos({
        dataset,
        imagesFolder: flags.images,
        embedder,
        ...(flags.rerank !== undefined && { rerank: flags.rerank }),
        ...(foldPhotos !== undefined && { foldPhotos }),
        ...(kept !== undefined && { kept }),
        calibration: MatchCalibration.of(embedder),
        approximate: flags.quick !== true,
        latency: flags.quick !== true,
        signal,
        onProgress: ({ phase, done, total }) =>
          line.show(`${phase}: ${formatNumber(done)} of ${formatNumber(total)}`),
      });
      return { report: evaluated, model: { name: embedder.name, identity: embedder.identity } };
    });
  }).finally(() => line.clear());
  const about = {
    model,
    dataset: {
      name: flags.dataset ?? path.basename(flags.annotations),
      split: split ?? null,
      sample: sample ?? null,
    },
  };
  printReport(flags, { about, report, tables: evaluationTables(report), title: titleOf(about) });
  noteWhatIsMissing(flags, report);
}

function titleOf({
  model,
  dataset,
}: {
  model: { name: string };
  dataset: { name: string; split: string | null };
}): string {
  const split = dataset.split === null ? '' : `, ${path.basename(dataset.split)}`;
  return `Model ${model.name} on ${dataset.name}${split}`;
}

async function openKept(embedder: LocalEmbedder, { cacheFolder }: Settings): Promise<KeptVectors> {
  // Precision and device change a vector a little: they are part of the name.
  const [vision, text] = [await embedder.load('vision'), await embedder.load('text')];
  const parts = [embedder.identity, vision.device, vision.precision, text.precision, preprocessVersion];
  return KeptVectors.open({
    cacheFolder,
    label: [...parts, JSON.stringify(productPreprocess)].join(' '),
    dimension: embedder.dimension,
  });
}

function noteWhatIsMissing(flags: DatasetFlags, report: EvaluationReport): void {
  const { photos, captions, missing, skipped, kept } = report;
  note(
    `${formatNumber(photos)} photos, ${formatNumber(captions)} captions in ${formatSeconds(report.seconds)}; ` +
      `${formatNumber(report.photosPerSecond, 1)} photos and ${formatNumber(report.captionsPerSecond, 1)} captions a second` +
      `${kept.photos + kept.captions > 0 ? `, ${formatNumber(kept.photos)} and ${formatNumber(kept.captions)} of them kept from an earlier run` : ''}.`,
  );
  if (report.truncatedCaptions > 0)
    note(`${formatNumber(report.truncatedCaptions)} captions are longer than the model reads.`);
  if (missing.length > 0)
    note(`${formatNumber(missing.length)} photos of the split are not there, or have no caption.`);
  for (const { code, message } of skipped.slice(0, SKIPS_SHOWN_MAX))
    note(`skipped (${code}) ${printable(message)}`);
  if (skipped.length > SKIPS_SHOWN_MAX) note(`and ${formatNumber(skipped.length - SKIPS_SHOWN_MAX)} more`);
  if (skipped.length > 0) process.exitCode = exitCodes.skipped;
  if (flags.dataset === undefined || flags.sample !== undefined) return;
  const { split = 'test' } = flags;
  const customary = isSplitName(split) ? knownDatasets[flags.dataset].photos[split] : undefined;
  if (customary === undefined || customary === photos) return;
  note(
    `${knownDatasets[flags.dataset].title} ${split} has ${formatNumber(customary)} photos in papers, found ${formatNumber(photos)}: figures of other photos cannot be compared.`,
  );
}
