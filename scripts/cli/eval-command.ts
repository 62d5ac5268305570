/**
 * `imglish eval`: how often the right photo, or the right caption, is among the first; on captioned photos as in
 * papers, or on one's own library.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../../model/index.ts';
import { datasetNames, splitNames } from '../evaluate/index.ts';
import { modelSettings, settingOptions, settingsOf } from './context.ts';
import type { EvalFlags } from './eval/flags.ts';
import { evaluateLibrary } from './eval/evaluate-library.ts';
import { evaluateDataset } from './eval/evaluate-dataset.ts';

/** A thousand candidates take minutes for one query. */
const RERANK_MAX = 1000;

export function evalCommand(): Command {
  const command = new Command('eval')
    .description('how good the model is: recall on captioned photos, or on your own queries')
    .option('--images <folder>', 'folder of the captioned photos')
    .option(
      '--annotations <file>',
      'dataset_….json of Karpathy, or lines "photo.jpg#0<TAB>caption" as Flickr8k.token.txt',
    )
    .addOption(
      new Option('--dataset <name>', 'which data set it is: checks the number of photos, and COCO has folds')
        .choices(datasetNames)
        .conflicts('queries'),
    )
    .addOption(
      new Option(
        '--queries <file>',
        'lines {"query": "…", "relevant": ["a.jpg", …]}: how the library answers them',
      ).conflicts(['annotations', 'captions', 'images', 'split', 'fold', 'keepVectors']),
    )
    .option('--split <name or file>', `${splitNames.join(', ')}, or a file of lines "photo.jpg"`)
    .option('--rerank <k,…>', `reorder the first k by the fusion encoder, 1 to ${RERANK_MAX}`, parseWindows)
    .option('--fold <photos>', 'also the mean over folds of so many photos, such as 1k', parseFold)
    .option('--sample <count>', 'only so many photos (or queries), drawn by --seed', parseCount)
    .option('--seed <number>', 'another sample (default: 0)', parseSeed)
    .option('--keep-vectors', 'keep vectors in the cache folder, and use those of earlier runs')
    .option('--quick', 'recall alone: no approximate index, no latency')
    .option('--json', 'print one JSON document')
    .addOption(new Option('--markdown', 'print tables in Markdown').conflicts('json'))
    .addOption(new Option('--captions <file>', 'the same as --annotations').hideHelp())
    .addHelpText(
      'after',
      `
Examples:
  imglish eval --dataset coco --annotations dataset_coco.json --images coco --rerank 32
  imglish eval --annotations Flickr8k.token.txt --images photos --split test
  imglish eval --queries my-queries.jsonl --data my-library`,
    )
    .action(() => evaluate(command));
  return settingOptions(command, modelSettings);
}

async function evaluate(command: Command): Promise<void> {
  const flags = command.opts<EvalFlags>();
  if (flags.queries !== undefined) {
    await evaluateLibrary({ ...flags, queries: flags.queries }, settingsOf(command));
    return;
  }
  const annotations = flags.annotations ?? flags.captions;
  if (annotations === undefined || flags.images === undefined) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `eval: found ${annotations === undefined ? 'no --annotations' : 'no --images'}, expected --annotations <file> with --images <folder> (captioned photos), or --queries <file> (your own library)`,
    );
  }
  await evaluateDataset({ ...flags, annotations, images: flags.images }, settingsOf(command));
}

function parseWindows(text: string): readonly number[] {
  const values = text.split(',').map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
  if (values.every((value) => Number.isInteger(value) && value >= 1 && value <= RERANK_MAX)) return values;
  throw new InvalidArgumentError(`expected whole numbers from 1 to ${RERANK_MAX}, such as 32 or 16,32,64`);
}

function parseFold(text: string): number {
  const [, digits, thousands] = /^(\d{1,9})(k?)$/i.exec(text.trim()) ?? [];
  const value = Number(digits) * (thousands === '' ? 1 : 1000);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('expected a number of photos, such as 1k or 500');
}

function parseCount(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new InvalidArgumentError('expected a whole number, at least 1');
}

function parseSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number, at least 0');
}
