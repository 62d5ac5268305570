/**
 * `imglish generations`: the models whose vectors a library holds; which of them is searched; the way back.
 * Source: our own. Deviation: none.
 */
import { Command, InvalidArgumentError } from 'commander';
import {
  explainMissing,
  Library,
  listGenerations,
  removeGeneration,
  type Generation,
  type Settings,
} from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { settingOptions, settingsOf, using } from './context.ts';
import { missingLines, printGenerations, switchText } from './generation-report.ts';
import { formatNumber, interruptible, note, printJson, printLine, ProgressLine } from './terminal.ts';

interface Flags {
  readonly json?: boolean;
  readonly incomplete?: boolean;
}

export function generationsCommand(): Command {
  return new Command('generations')
    .description('the models whose vectors the library holds: list, switch, go back, remove')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(activateCommand())
    .addCommand(rollbackCommand())
    .addCommand(removeCommand());
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list them, with what each can find and how much room it takes')
    .option('--json', 'print one JSON document')
    .action(async () => {
      const generations = await listGenerations(settingsOf(command).dataFolder);
      if (command.opts<Flags>().json === true) printJson({ generations });
      else printGenerations(generations);
    });
  return settingOptions(command, ['data']);
}

function activateCommand(): Command {
  const command = new Command('activate')
    .description('search this generation from now on; the one before is kept')
    .argument('<id>', 'number of the generation, see "imglish generations"', parseId)
    .option('--incomplete', 'even if it lacks photos, which then are not found')
    .option('--json', 'print one JSON document')
    .action(async (id: number) => {
      await activate(settingsOf(command), command.opts<Flags>(), (library) =>
        library.store.generations.get(id),
      );
    });
  return settingOptions(command, ['data']);
}

function rollbackCommand(): Command {
  const command = new Command('rollback')
    .description('search the generation again that was searched before; twice leads back to where it began')
    .option('--incomplete', 'even if it lacks photos, which then are not found')
    .option('--json', 'print one JSON document')
    .action(async () => {
      await activate(settingsOf(command), command.opts<Flags>(), previousOf);
    });
  return settingOptions(command, ['data']);
}

function removeCommand(): Command {
  const command = new Command('remove')
    .description('delete the vectors and the index of a generation that is not searched')
    .argument('<id>', 'number of the generation, see "imglish generations"', parseId)
    .option('--json', 'print one JSON document')
    .action(async (id: number) => {
      await remove(settingsOf(command), command.opts<Flags>(), id);
    });
  return settingOptions(command, ['data']);
}

async function activate(
  settings: Settings,
  flags: Flags,
  choose: (library: Library) => Generation,
): Promise<void> {
  const { generation, before, completeness } = await interruptible((signal) =>
    withLibrary(settings, async (library) => {
      const old = library.generation;
      const { id } = choose(library);
      if (flags.incomplete === true) {
        await library.switchTo(id);
      } else if (id !== old.id) {
        const { isActive } = await library.activateIfComplete(id);
        if (!isActive) throw await refusal(library, id, signal);
      }
      return { generation: library.generation, before: old, completeness: library.completeness(id) };
    }),
  );
  if (flags.json === true) printJson({ generation: { ...generation, ...completeness }, before });
  else printLine(switchText(generation, before, completeness));
}

async function remove(settings: Settings, flags: Flags, id: number): Promise<void> {
  const line = new ProgressLine({ isQuiet: flags.json === true });
  const removed = await interruptible((signal) =>
    withLibrary(settings, (library) =>
      removeGeneration(library, id, {
        signal,
        onProgress: (count) => line.show(`${formatNumber(count)} vectors deleted`),
      }),
    ),
  ).finally(() => line.clear());
  if (flags.json === true) printJson({ id, removed });
  else printLine(`Removed generation ${id}: ${formatNumber(removed)} vectors and their index.`);
}

/** Any library will do, whatever its model: nothing is encoded. */
async function withLibrary<T>(settings: Settings, work: (library: Library) => Promise<T>): Promise<T> {
  const library = await Library.open({ dataFolder: settings.dataFolder, mode: 'write', onNotice: note });
  return using([library], () => work(library));
}

function previousOf({ store, dataFolder }: Library): Generation {
  const previous = store.generations.previous();
  if (previous !== undefined) return previous;
  throw new AppError(
    'NOT_FOUND',
    `${dataFolder}: no other generation was searched before this one, or it was removed; see "imglish generations"`,
  );
}

async function refusal(library: Library, id: number, signal: AbortSignal): Promise<AppError> {
  const { modelName } = library.store.generations.get(id);
  const { images, missing } = library.completeness(id);
  const why = missingLines(await explainMissing(library, id, { signal }));
  return new AppError(
    'LIBRARY_MISMATCH',
    `${library.dataFolder}: generation ${id} (model "${modelName}") lacks ${formatNumber(missing)} of ${formatNumber(images)} photos, expected none; ` +
      `the library stays as it is. Bring it up to date with "imglish index --model ${modelName}", or switch all the same with --incomplete\n${why.join('\n')}`,
  );
}

function parseId(text: string): number {
  const id = Number(text);
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new InvalidArgumentError('expected the number of a generation');
}
