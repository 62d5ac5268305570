/**
 * Generations of a library, for people.
 * Source: our own. Deviation: none.
 */
import Table from 'cli-table3';
import type { Completeness, Generation, GenerationSummary, MissingPhotos } from '../../indexer/index.ts';
import { formatBytes, formatNumber, printable, printLine } from './terminal.ts';

/** Why photos are missing, one cause a line. */
export function missingLines({ reasons, notLookedAt }: MissingPhotos): string[] {
  const lines = reasons.map(
    ({ cause, photos, example, remedy }) =>
      `  ${formatNumber(photos)} ${cause}, such as ${printable(example)}: ${remedy}`,
  );
  return notLookedAt === 0
    ? lines
    : [...lines, `  ${formatNumber(notLookedAt)} more, whose files were not looked at`];
}

/** What has changed and how to go back, for people. */
export function switchText(generation: Generation, before: Generation, completeness: Completeness): string {
  const { missing, missingTexts } = completeness;
  const lines =
    generation.id === before.id
      ? [`Generation ${generation.id} (model "${generation.modelName}") is the one that is searched.`]
      : [
          `The library is searched with model "${generation.modelName}" (generation ${generation.id}) from now on.`,
          `The vectors of "${before.modelName}" are kept. To go back: imglish generations rollback`,
          `To delete them: imglish generations remove ${before.id}`,
        ];
  if (missing > 0) lines.push(`${formatNumber(missing)} photos are not found with this model.`);
  if (missingTexts > 0) lines.push(`${formatNumber(missingTexts)} texts are not found with this model.`);
  return lines.join('\n');
}

export function printGenerations(generations: readonly GenerationSummary[]): void {
  const table = new Table({
    head: ['id', 'state', 'model', 'numbers', 'vectors', 'missing photos', 'bytes'],
    colAligns: ['right', 'left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const one of generations) {
    table.push([
      one.id,
      one.isPrevious ? `${one.state}, before` : one.state,
      `${printable(one.modelName)} (${one.modelIdentity.slice(0, 12)})`,
      one.dimension,
      formatNumber(one.vectors),
      formatNumber(one.missing),
      formatBytes(one.bytes),
    ]);
  }
  printLine(table.toString());
}
