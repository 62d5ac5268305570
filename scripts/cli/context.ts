/**
 * What every command starts from: settings, the model, the library, and the way an error ends the process.
 * Source: our own. Deviation: none.
 */
import { CommanderError, Option, type Command } from 'commander';
import { Library, readSettings, settingDefinitions, type Settings } from '../../indexer/index.ts';
import {
  isAppError,
  messageOf,
  openEmbedder,
  type LocalEmbedder,
  type OpenEmbedderOptions,
} from '../../model/index.ts';
import { exitCodes, note, printJson } from './terminal.ts';

/** The settings a command answers to, as flags with their environment variables. */
export function settingOptions(
  command: Command,
  names: readonly (keyof typeof settingDefinitions)[],
): Command {
  for (const name of names) {
    const { flag, env, description } = settingDefinitions[name];
    command.addOption(new Option(flag, `${description} [${env}]`));
  }
  return command;
}

/** What a command that loads a model answers to. */
export const modelSettings = ['data', 'models', 'cache', 'model', 'device', 'precision', 'threads'] as const;

export function settingsOf(command: Command): Settings {
  return readSettings(command.opts());
}

/** A command that answers at once stays silent about devices; one that runs for long passes `onNotice: note`. */
export function openModel(
  settings: Settings,
  options: Pick<OpenEmbedderOptions, 'preload' | 'onNotice'> = {},
): Promise<LocalEmbedder> {
  return openEmbedder({
    model: settings.model,
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
