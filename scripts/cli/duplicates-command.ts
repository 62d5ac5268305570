/**
 * `imglish duplicates`: files with the same bytes, or photos that look alike. Lists them; deletes nothing.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import { Command } from 'commander';
import {
  duplicateGroups,
  duplicateTotals,
  findNearDuplicates,
  Library,
  nearState,
  type DuplicateCursor,
  type DuplicateGroup,
  type DuplicateKind,
  type DuplicateTotals,
  type JobProgress,
  type Settings,
} from '../../indexer/index.ts';
import { isAppError } from '../../model/index.ts';
import { settingOptions, settingsOf, using } from './context.ts';
import {
  formatBytes,
  formatNumber,
  formatSeconds,
  interruptible,
  note,
  printable,
  printJson,
  printLine,
  ProgressLine,
} from './terminal.ts';

interface Flags {
  readonly near?: boolean;
  readonly json?: boolean;
  readonly progress: boolean;
}

/** Groups that are read at once. */
const GROUPS_PER_PAGE = 100;

export function duplicatesCommand(): Command {
  const command = new Command('duplicates')
    .description('list files with the same bytes, or with --near photos that look alike; deletes nothing')
    .option('--near', 'photos that look alike: smaller, cropped, brighter, mirrored versions and bursts')
    .option('--json', 'print one JSON line for each group')
    .option('--no-progress', 'do not show progress')
    .action(() => duplicates(command));
  return settingOptions(command, ['data', 'threshold']);
}

async function duplicates(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  const settings = settingsOf(command);
  const kind: DuplicateKind = flags.near === true ? 'near' : 'exact';
  if (kind === 'near') await bringUpToDate(settings, flags);
  const library = await Library.open({ dataFolder: settings.dataFolder, mode: 'read', onNotice: note });
  await using([library], async () => {
    for (const group of groupsOf(library, kind)) {
      if (flags.json === true) printJson(jsonOf(group, kind));
      else printGroup(group, kind);
    }
    if (flags.json !== true) printLine(summaryOf(duplicateTotals(library, kind), kind));
  });
}

/** Compares what is new where nobody else is writing; else what is there must do. */
async function bringUpToDate(settings: Settings, flags: Flags): Promise<void> {
  const { dataFolder, nearThreshold } = settings;
  const reader = await Library.open({ dataFolder, mode: 'read', onNotice: note });
  const { pending, grouping } = await using([reader], async () => nearState(reader, nearThreshold));
  if (pending === 0 && grouping?.threshold === nearThreshold) return;
  const line = new ProgressLine({ isQuiet: !flags.progress });
  try {
    await interruptible(async (signal) => {
      const library = await Library.open({ dataFolder, mode: 'write', onNotice: note });
      await using([library], () =>
        findNearDuplicates(library, {
          threshold: nearThreshold,
          signal,
          onProgress: (progress) => line.show(progressText(progress)),
        }),
      );
    });
  } catch (error) {
    if (!isAppError(error, 'LIBRARY_LOCKED') || grouping === null) throw error;
    note(
      `Another process writes the library, so these are the look-alikes of before (threshold ${grouping.threshold}); ` +
        `${formatNumber(pending)} photos are not compared yet.`,
    );
  } finally {
    line.clear();
  }
}

function progressText({ phase, done, total, etaSeconds }: JobProgress): string {
  if (phase === 'grouping') return 'Making groups';
  const left = etaSeconds === null ? '' : `, ${formatSeconds(etaSeconds)} left`;
  return `Compared ${formatNumber(done)} of ${formatNumber(total ?? done)} photos${left}`;
}

function* groupsOf(library: Library, kind: DuplicateKind): Generator<DuplicateGroup> {
  let after: DuplicateCursor | undefined;
  do {
    const page = duplicateGroups(library, kind, { after, limit: GROUPS_PER_PAGE });
    yield* page.groups;
    after = page.next ?? undefined;
  } while (after !== undefined);
}

function jsonOf({ id, count, photos }: DuplicateGroup, kind: DuplicateKind): unknown {
  return { kind, id, count, photos };
}

function printGroup({ count, photos }: DuplicateGroup, kind: DuplicateKind): void {
  const [first] = photos;
  if (first === undefined) return;
  printLine(
    kind === 'exact'
      ? `${formatNumber(count)} times the same ${formatBytes(first.image.bytes)}:`
      : `${formatNumber(count)} photos that look alike:`,
  );
  for (const { image, score, copies } of photos) {
    const facts =
      kind === 'exact'
        ? ''
        : `${score.toFixed(3)}  ${`${image.width} × ${image.height}`.padEnd(13)} ${formatBytes(image.bytes).padStart(8)}  `;
    printLine(`  ${facts}${printable(image.path)}`);
    for (const copy of copies) printLine(`  ${' '.repeat(facts.length)}= ${printable(copy.path)}`);
  }
  const listed = photos.reduce((sum, { copies }) => sum + 1 + copies.length, 0);
  if (count > listed) printLine(`  … and ${formatNumber(count - listed)} more`);
  printLine();
}

function summaryOf({ groups, photos, spareBytes }: DuplicateTotals, kind: DuplicateKind): string {
  if (groups === 0) return kind === 'exact' ? 'No file is in the library twice.' : 'No photos look alike.';
  const inGroups = `${formatNumber(photos)} photos in ${formatNumber(groups)} group${groups === 1 ? '' : 's'}`;
  if (spareBytes === null) return `${inGroups}. The first of each has the most pixels.`;
  return `${inGroups}. All copies but one of each take ${formatBytes(spareBytes)}.`;
}
