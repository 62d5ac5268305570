/**
 * `imglish classify`: which of some labels a photo shows. Needs no library.
 * Source: DESIGN, "HTTP" (/v1/classify). Deviation: none.
 */
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { labelsOf, openLabelList, promptTemplates, type Label } from '../../indexer/index.ts';
import { AppError, isAppError } from '../../model/index.ts';
import { Classifier, pictureVector, TEMPERATURE_DEFAULT, type ClassifiedLabel } from '../../query/index.ts';
import { modelSettings, openModel, settingOptions, settingsOf, using } from './context.ts';
import { isOfThePhoto } from './lookup-command.ts';
import { exitCodes, formatNumber, interruptible, note, printable, printJson, printLine } from './terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly labels?: string;
  readonly list?: string;
  readonly template?: readonly string[];
  readonly temperature?: number;
  readonly top?: number;
}

type Classified =
  | { readonly photo: string; readonly labels: readonly ClassifiedLabel[] }
  | { readonly photo: string; readonly error: { readonly code: string; readonly message: string } };

const TOP_DEFAULT = 5;
const TOP_MAX = 1000;

export function classifyCommand(): Command {
  const command = new Command('classify')
    .description('choose among labels what a photo shows')
    .argument('<photos...>', 'photo files, in the library or not')
    .option('--labels <labels>', 'the labels, between commas')
    .option('--list <list>', '"everyday" (the default), or a file with one label a line')
    .option('--template <text>', 'a prompt with {} where the label goes; may be repeated', collect)
    .option('--temperature <number>', `of the softmax (default: ${TEMPERATURE_DEFAULT})`, parseTemperature)
    .option('-t, --top <count>', `labels of each photo, 1 to ${TOP_MAX} (default: ${TOP_DEFAULT})`, parseTop)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Prompts are, where none is given: ${promptTemplates.map((template) => `"${template}"`).join(', ')}.
The probabilities are those among the labels: one of them is always the best, also where none fits.`,
    )
    .action(async (photos: string[]) => {
      await classify(command, photos);
    });
  return settingOptions(command, [...modelSettings, 'maxFile', 'maxPixels']);
}

async function classify(command: Command, photos: readonly string[]): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  const labels = await labelsFrom(flags);
  const { template, temperature, top = TOP_DEFAULT } = flags;
  const limits = { bytesMax: settings.fileBytesMax, pixelsMax: settings.imagePixelsMax };
  const result = await interruptible(async (signal) => {
    const embedder = await openModel(settings);
    return using([embedder], async () => {
      const classifier = new Classifier();
      const options = {
        ...(template !== undefined && { templates: template }),
        ...(temperature !== undefined && { temperature }),
        top,
        signal,
      };
      // Wrong options are told before the first photo is read.
      const { templates, temperature: used } = await classifier.classify(embedder, [], labels, options);
      const results: Classified[] = [];
      for (const photo of photos) {
        try {
          const vector = await pictureVector(embedder, photo, { ...limits, signal });
          const [own = []] = (await classifier.classify(embedder, [vector], labels, options)).photos;
          results.push({ photo, labels: own });
        } catch (error) {
          if (!isAppError(error) || !isOfThePhoto(error)) throw error;
          results.push({ photo, error: { code: error.code, message: error.message } });
        }
      }
      return { model: embedder.name, labels: labels.length, templates, temperature: used, results };
    });
  });
  if (flags.json === true) printJson(result);
  else for (const one of result.results) print(one);
  if (result.results.some((one) => 'error' in one)) process.exitCode = exitCodes.skipped;
}

async function labelsFrom({ labels, list }: Flags): Promise<readonly Label[]> {
  if (labels !== undefined && list !== undefined) {
    throw new AppError('INVALID_ARGUMENT', 'classify: found both --labels and --list, expected one of them');
  }
  if (labels !== undefined) return labelsOf(labels.split(','), '--labels');
  return (await openLabelList(list ?? 'everyday')).labels;
}

function print(result: Classified): void {
  if ('error' in result) {
    note(`skipped (${result.error.code}) ${printable(result.error.message)}`);
    return;
  }
  printLine(printable(result.photo));
  const table = new Table({ head: ['label', 'probability', 'score'], style: { head: [], border: [] } });
  for (const { label, probability, score } of result.labels) {
    table.push([printable(label), `${formatNumber(100 * probability, 1)} %`, score.toFixed(3)]);
  }
  printLine(table.toString());
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function parseTemperature(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 100) return value;
  throw new InvalidArgumentError('expected a number above 0, at most 100');
}

function parseTop(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= TOP_MAX) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${TOP_MAX}`);
}
