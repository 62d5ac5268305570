/**
 * What every command starts from: settings, the model, the library, and the way an error ends the process.
 * Source: our own. Deviation: none.
 */
import { CommanderError, Option, type Command } from 'commander';
import {
  Library,
  readSettings,
  settingDefinitions,
  type SettingDefinition,
  type Settings,
} from '../../indexer/index.ts';
import {
  AppError,
  BUILTIN_MODEL,
  builtinFolder,
  findModel,
  isAppError,
  listModels,
  messageOf,
  openEmbedder,
  openModelFolder,
  type LocalEmbedder,
  type ModelFolder,
  type OpenEmbedderOptions,
} from '../../model/index.ts';
import { exitCodes, note, printJson } from './terminal.ts';

/** The settings a command answers to, as flags with their environment variables. */
export function settingOptions(
  command: Command,
  names: readonly (keyof typeof settingDefinitions)[],
): Command {
  for (const name of names) {
    const definition: SettingDefinition = settingDefinitions[name];
    if (definition.flag === null) {
      command.addHelpText(
        'after',
        `\nFrom the environment only: ${definition.description} [${definition.env}]`,
      );
      continue;
    }
    const option = new Option(definition.flag, `${definition.description} [${definition.env}]`);
    if (definition.isRepeatable === true) {
      option.argParser<string[]>((value, before) => [...(Array.isArray(before) ? before : []), value]);
    }
    // The default of `--no-…` is true, before which the environment would never be asked.
    if (option.negate) option.default(null);
    command.addOption(option);
  }
  return command;
}

/** What a command that loads a model answers to. */
export const modelSettings = ['data', 'models', 'cache', 'model', 'device', 'precision', 'threads'] as const;

export function settingsOf(command: Command): Settings {
  return readSettings(command.opts());
}

/**
 * The model that is named; else the one that the library is searched with; else, for a new library, the built-in one.
 * @throws AppError MODEL_NOT_FOUND, MODEL_INVALID, LIBRARY_CORRUPT
 */
export async function modelOf({ model, modelsFolder, dataFolder }: Settings): Promise<ModelFolder> {
  if (model !== null) return findModel(model, modelsFolder);
  const active = Library.peek(dataFolder);
  if (active === undefined) return findModel(BUILTIN_MODEL, modelsFolder);
  const listed = await listModels(modelsFolder);
  // The built-in one may be hidden behind another of its name.
  const models = [...listed.map((one) => one.model), await openModelFolder(builtinFolder())];
  const own = models.find((one) => one?.identity === active.modelIdentity);
  if (own !== undefined) return own;
  const names = listed.map(({ name }) => name);
  throw new AppError(
    'MODEL_NOT_FOUND',
    `${dataFolder}: is searched with model "${active.modelName}" (${active.modelIdentity.slice(0, 12)}), found ${names.join(', ')} in ${modelsFolder}` +
      `${names.includes(active.modelName) ? ' (the one of that name has other weights or prepares photos otherwise)' : ''}; ` +
      'import it again, give its folder with --model, or change the library to another model with "imglish index --model <name>"',
  );
}

/** A command that answers at once stays silent about devices; one that runs for long passes `onNotice: note`. */
export async function openModel(
  settings: Settings,
  options: Pick<OpenEmbedderOptions, 'preload' | 'onNotice'> = {},
): Promise<LocalEmbedder> {
  const { folder } = await modelOf(settings);
  return openEmbedder({
    model: folder,
    modelsFolder: settings.modelsFolder,
    cacheFolder: settings.cacheFolder,
    device: settings.device,
    precision: settings.precision,
    ...(settings.threads !== null && { threads: settings.threads }),
    ...options,
  });
}

export function openLibrary(
  settings: Settings,
  embedder: LocalEmbedder,
  mode: 'read' | 'write',
): Promise<Library> {
  return Library.open({ dataFolder: settings.dataFolder, mode, model: embedder, onNotice: note });
}

/** Closes in reverse order, also when the work fails. */
export async function using<T>(
  owners: readonly { close(): Promise<void> }[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } finally {
    for (const owner of owners.toReversed()) await owner.close();
  }
}

/**
 * Ends a command that failed: the message on stderr, with `--json` also as a document on stdout.
 * @returns the exit code
 */
export function reportFailure(error: unknown, asJson: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (!isAppError(error)) {
    // Not foreseen, so our own mistake: the stack says where.
    note(error instanceof Error ? (error.stack ?? error.message) : messageOf(error));
    return exitCodes.failed;
  }
  if (asJson) printJson({ error: { code: error.code, message: error.message } });
  note(`imglish: ${error.message}`);
  if (error.code === 'ABORTED') return exitCodes.interrupted;
  return error.code === 'INVALID_ARGUMENT' ? exitCodes.usage : exitCodes.failed;
}
