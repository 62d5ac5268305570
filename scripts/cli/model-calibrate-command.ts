/**
 * `imglish model calibrate`: fits on captioned photos what makes a probability of a model's scores.
 * Source: DESIGN, "Scores". Deviation: none.
 */
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { calibrateModel, type CalibrateReport } from '../calibrate/index.ts';
import { readDataset, splitNames } from '../evaluate/index.ts';
import { modelOf, modelSettings, openModel, settingOptions, settingsOf, using } from './context.ts';
import {
  formatNumber,
  formatSeconds,
  interruptible,
  note,
  printJson,
  printLine,
  ProgressLine,
} from './terminal.ts';

interface Flags {
  readonly annotations: string;
  readonly images: string;
  readonly split?: string;
  readonly queries?: number;
  readonly json?: boolean;
}

const QUERIES_MAX = 5000;

export function modelCalibrateCommand(): Command {
  const command = new Command('calibrate')
    .description('make probabilities of the scores of a model, from photos with captions')
    .requiredOption('--annotations <file>', 'as for "imglish eval"')
    .requiredOption('--images <folder>', 'folder of the captioned photos')
    .option('--split <name or file>', `${splitNames.join(', ')}, or a file of lines "photo.jpg"`)
    .option('--queries <count>', 'captions to ask, and as many phrases out of captions (300)', wholeNumber)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Writes calibration.json into the folder of the model. Take photos that you will not judge the model by: a "dev" split.

Example:
  imglish model calibrate --annotations dataset_flickr30k.json --images flickr30k --split val --model my-model`,
    )
    .action(() => calibrate(command));
  return settingOptions(command, modelSettings);
}

async function calibrate(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  const line = new ProgressLine({ isQuiet: flags.json === true });
  const report = await interruptible(async (signal) => {
    const dataset = await readDataset({
      annotations: flags.annotations,
      imagesFolder: flags.images,
      ...(flags.split !== undefined && { split: flags.split }),
      signal,
    });
    const model = await modelOf(settings);
    const embedder = await openModel(settings);
    return using([embedder], () =>
      calibrateModel({
        embedder,
        model,
        dataset,
        imagesFolder: flags.images,
        name: [path.basename(flags.annotations), flags.split && path.basename(flags.split)]
          .filter(Boolean)
          .join(', '),
        ...(flags.queries !== undefined && { queries: flags.queries }),
        signal,
        onProgress: ({ phase, done, total }) =>
          line.show(`${phase}: ${formatNumber(done)} of ${formatNumber(total)}`),
      }),
    );
  }).finally(() => line.clear());
  if (flags.json === true) printJson(report);
  else print(report);
}

function print({ file, calibration, figures, clauses, seconds }: CalibrateReport): void {
  const { mix, spelling, background, cutoff } = calibration;
  printLine(`Wrote ${file}`);
  printLine(
    `  pairs                       ${formatNumber(figures.pairs)}, ${formatNumber(figures.positives)} of them match`,
  );
  printLine(`  fusion beside cosine        ${mix.fusion} to ${mix.cosine}`);
  printLine(
    `  background, spelling        ${formatNumber(background.weight, 3)}, ${formatNumber(spelling.weight, 3)}`,
  );
  printLine(
    `  expected calibration error  ${formatNumber(figures.expectedCalibrationError, 4)} on queries held out`,
  );
  for (const [kind, error] of Object.entries(figures.errorOfKind)) {
    printLine(`    ${kind.padEnd(26)}${formatNumber(error, 4)}`);
  }
  printLine(`  pairs in the right order    ${percent(figures.auc)}`);
  printLine(
    `  mean reciprocal rank        ${formatNumber(figures.reciprocalRank.mix, 4)} (by cosine ${formatNumber(figures.reciprocalRank.cosine, 4)})`,
  );
  printLine(`  cut-off                     ${cutoff}`);
  printLine(
    `    answered                  ${percent(figures.answered)} of ${figures.answerable} queries with an answer`,
  );
  printLine(
    `    "nothing matches"         ${percent(figures.refused)} of ${figures.unanswerable} queries without one`,
  );
  if (clauses !== null) {
    printLine(
      `  parts of queries            ${percent(clauses.auc)} in the right order, of ${formatNumber(clauses.count)}`,
    );
  }
  note(`Fitted in ${formatSeconds(seconds)}.`);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= QUERIES_MAX) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${QUERIES_MAX}`);
}

function percent(share: number): string {
  return `${formatNumber(100 * share, 1)} %`;
}
