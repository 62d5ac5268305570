/**
 * `imglish model`: import, list, look into, verify and fetch models.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  describeModel,
  findFixtures,
  importModel,
  listModels,
  officialModels,
  precisions,
  pullModel,
  verifyFixture,
  type HeadsConfig,
  type ListedModel,
  type Precision,
} from '../../model/index.ts';
import { modelOf, modelSettings, settingOptions, settingsOf } from './context.ts';
import { modelCalibrateCommand } from './model-calibrate-command.ts';
import { printDescription, printModels, printVerification } from './model-report.ts';
import {
  exitCodes,
  formatBytes,
  interruptible,
  note,
  printJson,
  printLine,
  ProgressLine,
} from './terminal.ts';

interface ImportFlags {
  readonly tokenizer?: string;
  readonly fusion?: string;
  readonly name?: string;
  readonly precision?: Precision;
  readonly heads?: number;
  readonly imageSide?: number;
  readonly textLength?: number;
  readonly dropHead?: readonly (keyof HeadsConfig)[];
  readonly lowercase?: boolean;
  readonly collapseWhitespace?: boolean;
  readonly captioning?: boolean;
  readonly json?: boolean;
}

const headNames = ['retrieval', 'itm', 'mlm', 'mim', 'vqa', 'nlvr2', 'classification'] as const;

export function modelCommand(): Command {
  return new Command('model')
    .description('import, list, describe, verify, calibrate and fetch models')
    .addCommand(importCommand())
    .addCommand(listCommand())
    .addCommand(infoCommand())
    .addCommand(verifyCommand())
    .addCommand(pullCommand())
    .addCommand(modelCalibrateCommand());
}

function importCommand(): Command {
  const command = new Command('import')
    .description('make a model of a BEiT-3 checkpoint (.pth or .safetensors)')
    .argument('<checkpoint>', 'the file; nothing in it is executed')
    .option('--tokenizer <spm>', 'its SentencePiece file; without one only photos can be embedded')
    .option('--name <name>', 'name of the model (default: the file name)')
    .option('--fusion <checkpoint>', 'a second checkpoint of the same sizes, used for fusion only')
    .addOption(new Option('--precision <name>', 'what "auto" shall mean for this model').choices(precisions))
    .option('--heads <count>', 'attention heads (default: width / 64)', wholeNumber)
    .option('--image-side <pixels>', 'another image side; positions are interpolated', wholeNumber)
    .option('--text-length <tokens>', 'longest token row (default: 64)', wholeNumber)
    .addOption(new Option('--drop-head <names...>', 'heads to leave out').choices(headNames))
    .option('--lowercase', 'texts are put into lower case first')
    .option('--collapse-whitespace', 'white space is collapsed first')
    .option('--captioning', 'the fusion weights were tuned to describe photos (default: told by their heads)')
    .option('--json', 'print one JSON document')
    .action(async (checkpoint: string) => {
      await runImport(command, checkpoint);
    });
  return settingOptions(command, ['data', 'models']);
}

async function runImport(command: Command, checkpoint: string): Promise<void> {
  const flags = command.opts<ImportFlags>();
  const line = new ProgressLine({ isQuiet: flags.json === true });
  const { model, unused } = await interruptible((signal) =>
    importModel({
      checkpoint,
      modelsFolder: settingsOf(withoutPrecision(command)).modelsFolder,
      ...(flags.tokenizer !== undefined && { tokenizer: flags.tokenizer }),
      ...(flags.fusion !== undefined && { fusionCheckpoint: flags.fusion }),
      ...(flags.name !== undefined && { name: flags.name }),
      ...(flags.precision !== undefined && { precision: flags.precision }),
      ...(flags.heads !== undefined && { attentionHeads: flags.heads }),
      ...(flags.imageSide !== undefined && { imageSide: flags.imageSide }),
      ...(flags.textLength !== undefined && { textLengthMax: flags.textLength }),
      ...(flags.dropHead !== undefined && { withoutHeads: flags.dropHead }),
      ...(flags.lowercase !== undefined && { lowercase: flags.lowercase }),
      ...(flags.captioning !== undefined && { captioning: flags.captioning }),
      ...(flags.collapseWhitespace !== undefined && { collapseWhitespace: flags.collapseWhitespace }),
      signal,
      onProgress: (done, total) => line.show(`Importing: ${Math.floor((100 * done) / Math.max(1, total))} %`),
    }),
  ).finally(() => line.clear());
  if (flags.json === true) {
    printJson({ name: model.config.name, folder: model.folder, identity: model.identity, unused });
    return;
  }
  printLine(`Imported ${model.config.name} into ${model.folder}`);
  if (flags.tokenizer === undefined) note('No tokenizer was given: this model can only embed photos.');
  if (unused.length > 0) printLine(`Not used from the checkpoint: ${unused.join(', ')}`);
  printLine(`Search with it: imglish index <folder> --model ${model.config.name}`);
}

function listCommand(): Command {
  const command = new Command('list')
    .description('the models on this machine')
    .option('--json', 'print one JSON document')
    .action(async () => {
      const models = await listModels(settingsOf(command).modelsFolder);
      if (command.opts<{ json?: boolean }>().json === true) printJson({ models: models.map(listed) });
      else printModels(models);
    });
  return settingOptions(command, ['data', 'models']);
}

function listed({ name, folder, builtin, model, problem }: ListedModel) {
  return { name, folder, builtin, identity: model?.identity ?? null, problem: problem ?? null };
}

function infoCommand(): Command {
  const command = new Command('info')
    .description('sizes, heads, parameters, provenance, devices and measured speed')
    .argument('[model]', 'name or folder (default: the model that is set)')
    .option('--json', 'print one JSON document')
    .action(async (name: string | undefined) => {
      const settings = settingsOf(command);
      const model = await modelOf({ ...settings, model: name ?? settings.model });
      const description = await interruptible((signal) =>
        describeModel(model, {
          modelsFolder: settings.modelsFolder,
          cacheFolder: settings.cacheFolder,
          device: settings.device,
          precision: settings.precision,
          ...(settings.threads !== null && { threads: settings.threads }),
          signal,
        }),
      );
      if (command.opts<{ json?: boolean }>().json === true) printJson(description);
      else printDescription(description);
    });
  return settingOptions(command, modelSettings);
}

function verifyCommand(): Command {
  const command = new Command('verify')
    .description('run fixture folders through import, graph and runtime, and compare with the reference')
    .argument('<folders...>', 'folders with a manifest.json, or a folder of such folders')
    .option(
      '--tolerance <number>',
      'largest absolute difference (default: each manifest says its own)',
      number,
    )
    .option('--json', 'print one JSON document')
    .action(async (folders: string[]) => {
      await verify(command, folders);
    });
  return settingOptions(command, ['device', 'precision', 'threads']);
}

async function verify(command: Command, folders: readonly string[]): Promise<void> {
  const flags = command.opts<{ tolerance?: number; json?: boolean }>();
  const settings = settingsOf(command);
  const reports = await interruptible(async (signal) => {
    const list = [];
    for (const folder of (await Promise.all(folders.map(findFixtures))).flat()) {
      const report = await verifyFixture(folder, {
        ...(flags.tolerance !== undefined && { tolerance: flags.tolerance }),
        ...(settings.precision !== 'auto' && { precision: settings.precision }),
        ...(settings.threads !== null && { threads: settings.threads }),
        device: settings.device,
        signal,
      });
      list.push(report);
      if (flags.json !== true) printVerification(report);
    }
    return list;
  });
  if (flags.json === true) printJson({ fixtures: reports });
  if (reports.some(({ ok }) => !ok)) process.exitCode = exitCodes.failed;
}

function pullCommand(): Command {
  const command = new Command('pull')
    .description('fetch an official checkpoint and import it')
    .argument('[name]', 'one of the official names; without it they are listed')
    .action(async (name: string | undefined) => {
      if (name === undefined) {
        for (const { name: known, url } of officialModels) printLine(`${known}  ${url}`);
        return;
      }
      const line = new ProgressLine({ isQuiet: false });
      const { model } = await interruptible((signal) =>
        pullModel({
          name,
          modelsFolder: settingsOf(command).modelsFolder,
          signal,
          onProgress: ({ file, done, total }) => {
            const share = total === null ? '' : ` of ${formatBytes(total)}`;
            line.show(`${file}: ${formatBytes(done)}${share}`);
          },
        }),
      ).finally(() => line.clear());
      printLine(`Imported ${model.config.name} into ${model.folder}`);
    });
  return settingOptions(command, ['data', 'models']);
}

/** `--precision` of an import is a property of the model, not a setting of this run. */
function withoutPrecision(command: Command): Command {
  const copy = new Command();
  const { data, models } = command.opts<{ data?: string; models?: string }>();
  copy.setOptionValue('data', data).setOptionValue('models', models);
  return copy;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a whole number above 0');
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('expected a number of at least 0');
}
