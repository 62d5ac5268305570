/**
 * `imglish eval`: how often the right photo, or the right caption, is among the first.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import Table from 'cli-table3';
import { Command } from 'commander';
import { recallCuts, type RecallCut } from '../../model/index.ts';
import { evaluateFlickr, type EvaluationReport } from '../evaluate.ts';
import { modelSettings, openModel, settingOptions, settingsOf, using } from './context.ts';
import {
  formatNumber,
  interruptible,
  note,
  printable,
  printJson,
  printLine,
  ProgressLine,
} from './terminal.ts';

interface Flags {
  readonly images: string;
  readonly captions: string;
  readonly split?: string;
  readonly json?: boolean;
}

export function evalCommand(): Command {
  const command = new Command('eval')
    .description('recall of the model on captioned photos, both ways')
    .requiredOption('--images <folder>', 'folder of the photos')
    .requiredOption('--captions <file>', 'lines "photo.jpg#0<TAB>caption", as Flickr8k.token.txt')
    .option('--split <file>', 'lines "photo.jpg": only these photos')
    .option('--json', 'print one JSON document')
    .action(() => evaluate(command));
  return settingOptions(command, modelSettings);
}

async function evaluate(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  const line = new ProgressLine({ isQuiet: flags.json === true });
  const report = await interruptible(async (signal) => {
    const embedder = await openModel(settings);
    return using([embedder], () =>
      evaluateFlickr({
        imagesFolder: flags.images,
        captionsFile: flags.captions,
        ...(flags.split !== undefined && { splitFile: flags.split }),
        embedder,
        signal,
        onProgress: ({ phase, done, total }) =>
          line.show(`${phase}: ${formatNumber(done)} of ${formatNumber(total)}`),
      }),
    );
  }).finally(() => line.clear());
  if (flags.json === true) printJson(report);
  else printReport(report);
}

function printReport(report: EvaluationReport): void {
  const table = new Table({
    head: ['', ...recallCuts.map((cut) => `R@${cut}`)],
    style: { head: [], border: [] },
  });
  table.push(['text → image', ...cells(report.textToImage)], ['image → text', ...cells(report.imageToText)]);
  printLine(table.toString());
  printLine(
    `${formatNumber(report.photos)} photos, ${formatNumber(report.captions)} captions; ` +
      `${formatNumber(report.photosPerSecond, 1)} photos and ${formatNumber(report.captionsPerSecond, 1)} captions a second.`,
  );
  if (report.missing.length > 0)
    note(`${formatNumber(report.missing.length)} photos of the list are not there.`);
  for (const { code, message } of report.skipped) note(`skipped (${code}) ${printable(message)}`);
}

function cells(recall: Readonly<Record<RecallCut, number>>): string[] {
  return recallCuts.map((cut) => recall[cut].toFixed(1));
}
