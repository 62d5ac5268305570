/**
 * `imglish export`: photos, texts and vectors for other programs.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import path from 'node:path';
import { Command, Option } from 'commander';
import { exportFormats, exportLibrary, type ExportFormat, type VectorForm } from '../../indexer/index.ts';
import { settingOptions, settingsOf } from './context.ts';
import { formatNumber, formatSeconds, interruptible, note, printJson, ProgressLine } from './terminal.ts';

interface Flags {
  readonly format: ExportFormat;
  readonly vectors?: VectorForm | true;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly progress: boolean;
}

export function exportCommand(): Command {
  const command = new Command('export')
    .description(
      'write all photos, their texts and vectors to stdout or a file; works beside a running index',
    )
    .addOption(new Option('--format <format>', 'form of the output').choices(exportFormats).default('jsonl'))
    .addOption(
      new Option('--vectors [form]', 'with vectors; in CSV always base64 of little-endian float32')
        .choices(['array', 'base64'])
        .preset('array'),
    )
    .option('--out <file>', 'write there, whole or not at all (default: stdout; npy needs it)')
    .option('--force', 'overwrite the file')
    .option('--json', 'with --out: print the report as one JSON document')
    .option('--no-progress', 'do not show progress')
    .addHelpText(
      'after',
      `
npy writes FILE.npy, float32 [photos, dimension], and FILE.jsonl with one photo per row in the same order; photos
without a vector are in neither. In CSV a cell that a spreadsheet would run as a formula begins with '.`,
    )
    .action(() => run(command));
  return settingOptions(command, ['data']);
}

async function run(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  const { dataFolder } = settingsOf(command);
  // Progress and rows would mix in a terminal.
  const line = new ProgressLine({ isQuiet: !flags.progress || flags.out === undefined });
  const report = await interruptible((signal) =>
    exportLibrary({
      dataFolder,
      format: flags.format,
      vectors: flags.vectors === true ? 'array' : (flags.vectors ?? null),
      out: flags.out === undefined ? process.stdout : path.resolve(flags.out),
      force: flags.force === true,
      signal,
      onProgress: ({ done, total }) =>
        line.show(`Exporting: ${formatNumber(done)} of ${formatNumber(total ?? 0)} photos`),
    }),
  ).finally(() => line.clear());
  if (flags.json === true && flags.out !== undefined) printJson(report);
  const missing =
    report.withoutVector === 0 ? '' : `; ${formatNumber(report.withoutVector)} have no vector yet`;
  const where = report.files.length === 0 ? '' : ` to ${report.files.join(' and ')}`;
  note(`Exported ${formatNumber(report.rows)} photos${where} in ${formatSeconds(report.seconds)}${missing}.`);
}
