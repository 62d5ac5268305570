/**
 * The report on captioned photos as tables.
 * Source: our own; recall is laid out as in the papers. Deviation: none.
 */
import { recallCuts, type BothWays, type RecallFigures } from '../../model/index.ts';
import type { EvaluationReport, MatchReport, RerankWindow } from './evaluation-report.ts';
import type { Latency, StageTimes } from './figures/latency.ts';
import type { ReportTable } from './report-tables.ts';

export function evaluationTables(report: EvaluationReport): ReportTable[] {
  const { folds, approximate, latency, match } = report;
  const tables = [recallTable(report)];
  if (folds !== null) {
    tables.push({
      title: `Recall in percent, mean of ${folds.count} folds of ${whole(folds.photos)} photos`,
      head: recallHead,
      rows: recallRows(folds.figures, folds.windows),
      ...(folds.leftOut > 0 && {
        remark: `${whole(folds.leftOut)} photos behind the last whole fold are left out.`,
      }),
    });
  }
  if (approximate !== null) {
    const cells = (way: 'textToImage' | 'imageToText') => [
      ...recallCuts.map((cut) => approximate[way].recall[cut].toFixed(1)),
      approximate[way].recallAt10.toFixed(2),
    ];
    tables.push({
      title: 'Through the approximate index, percent',
      head: ['', ...recallCuts.map((cut) => `R@${cut}`), 'of the 10 nearest'],
      rows: [
        ['text → image', ...cells('textToImage')],
        ['image → text', ...cells('imageToText')],
      ],
    });
  }
  if (latency !== null) tables.push(latencyTable(latency, report.rerank?.windows.at(-1)?.k));
  if (match !== null) tables.push(cutoffTable(match), reliabilityTable(match));
  return tables;
}

const recallHead = [
  '',
  ...recallCuts.map((cut) => `R@${cut}`),
  'median rank',
  'mean rank',
  'rsum (both ways)',
];

function recallTable(report: EvaluationReport): ReportTable {
  const { rerank } = report;
  return {
    title: `Recall in percent, ${whole(report.photos)} photos, ${whole(report.captions)} captions`,
    head: recallHead,
    rows: recallRows(report, rerank?.windows ?? []),
    ...(rerank !== null && {
      remark: `${whole(rerank.pairs)} pairs reranked in ${rerank.seconds.toFixed(0)} s, ordered by ${
        rerank.order === 'fusion alone'
          ? 'the fusion encoder alone (the model has no calibration)'
          : "the model's own mix of fusion and cosine"
      }.`,
    }),
  };
}

function recallRows(first: RecallFigures, windows: readonly RerankWindow[]): string[][] {
  const named = [
    { name: '', figures: first },
    ...windows.map(({ k, figures }) => ({ name: `, rerank ${k}`, figures })),
  ];
  return named.flatMap(({ name, figures }) => [
    [`text → image${name}`, ...wayCells(figures, 'textToImage'), figures.rsum.toFixed(1)],
    [`image → text${name}`, ...wayCells(figures, 'imageToText'), ''],
  ]);
}

function wayCells(figures: RecallFigures, way: keyof BothWays<unknown>): string[] {
  const median = figures.medianRank[way];
  return [
    ...recallCuts.map((cut) => figures[way][cut].toFixed(1)),
    median.toFixed(Number.isInteger(median) ? 0 : 1),
    figures.meanRank[way].toFixed(1),
  ];
}

function latencyTable(latency: Latency, k: number | undefined): ReportTable {
  const stages: readonly (readonly [string, StageTimes | null])[] = [
    ['decode a photo', latency.decode],
    ['encode a photo', latency.encodePhoto],
    ['encode a caption', latency.encodeText],
    ['10 nearest photos, comparing all', latency.searchExact],
    ['10 nearest photos, through the index', latency.searchIndex],
    [`rerank ${k ?? 0} photos`, latency.rerank],
  ];
  return {
    title: 'Milliseconds per stage, one query at a time',
    head: ['', 'p50', 'p99', 'measured'],
    rows: stages.flatMap(([name, times]) =>
      times === null ? [] : [[name, times.p50.toFixed(2), times.p99.toFixed(2), whole(times.count)]],
    ),
  };
}

function cutoffTable({ cutoff, k }: MatchReport): ReportTable {
  return {
    title: `The default cut-off, pMatch ${cutoff.cutoff.toFixed(3)}, on the first ${k} photos of each caption`,
    head: ['', 'all', 'kept', 'share'],
    rows: [
      [
        'right photo',
        whole(cutoff.trueHits),
        whole(cutoff.trueHitsKept),
        share(cutoff.trueHitsKept, cutoff.trueHits),
      ],
      [
        'other photos',
        whole(cutoff.falseHits),
        whole(cutoff.falseHitsKept),
        share(cutoff.falseHitsKept, cutoff.falseHits),
      ],
    ],
    remark:
      `Of ${whole(cutoff.queries)} captions ${whole(cutoff.emptyQueries)} keep no photo. ` +
      'A photo counts as right only if the caption was written for it; many others fit as well.',
  };
}

function reliabilityTable({ reliability }: MatchReport): ReportTable {
  return {
    title: 'Reliability of pMatch',
    head: ['pMatch', 'pairs', 'predicted', 'observed'],
    rows: reliability.bins
      .filter(({ count }) => count > 0)
      .map(({ from, until, count, predicted, observed }) => [
        `${from.toFixed(2)} to ${until.toFixed(2)}`,
        whole(count),
        predicted.toFixed(3),
        observed.toFixed(3),
      ]),
    remark:
      `Expected calibration error ${reliability.expectedCalibrationError.toFixed(4)}, ` +
      `Brier score ${reliability.brier?.toFixed(4) ?? '–'}, ${whole(reliability.pairs)} pairs, ${whole(reliability.matches)} of them right.`,
  };
}

function share(part: number, all: number): string {
  return all === 0 ? '–' : `${((100 * part) / all).toFixed(1)} %`;
}

function whole(value: number): string {
  return value.toLocaleString('en-US');
}
