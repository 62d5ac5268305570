/**
 * `npm run bench -- [sections…] [--photos <folder>] [--quick] [--full] [--json]`
 * Source: our own. Deviation: none.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../model/index.ts';
import { describeMachine, type Machine } from './machine.ts';
import { sections } from './registry.ts';
import type { BenchSection, SectionResult } from './section.ts';
import { renderTable } from './table.ts';

const usage = `npm run bench -- [sections…] [--photos <folder>] [--quick] [--full] [--json]

Sections (default: all):
${sections.map(({ name, title }) => `  ${name.padEnd(12)}${title}`).join('\n')}

  --photos <folder>  JPEG photos to measure with (default: what is there, and a painted album)
  --quick            short runs; the figures are less certain
  --full             the largest sizes too, which take long and much memory
  --json             one JSON document on stdout`;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function main(argv: readonly string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        photos: { type: 'string' },
        quick: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return misused(messageOf(error));
  }
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const unknown = positionals.find((name) => !sections.some((section) => section.name === name));
  if (unknown !== undefined) return misused(`no section "${unknown}"`);
  const chosen =
    positionals.length === 0 ? sections : sections.filter(({ name }) => positionals.includes(name));

  const machine = describeMachine();
  if (!values.json) printMachine(machine);
  const results: Record<string, SectionResult> = {};
  for (const section of chosen) {
    const result = await runSection(section, values);
    results[section.name] = result;
    if (!values.json) printSection(section, result);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, sections: results })}\n`);
  return 0;
}

async function runSection(
  section: BenchSection,
  { photos, quick, full }: { readonly photos?: string; readonly quick: boolean; readonly full: boolean },
): Promise<SectionResult> {
  const workFolder = await mkdtemp(path.join(os.tmpdir(), 'imglish-bench-'));
  try {
    return await section.run({
      workFolder,
      photosFolder: photos === undefined ? undefined : path.resolve(photos),
      quick,
      full,
      note: (line) => process.stderr.write(`${line}\n`),
    });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

function printMachine(machine: Machine): void {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `${machine.processor}, ${machine.cores} processors (${machine.features.join(' ') || 'features unknown'})`,
    `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB memory, ${machine.system}, load before ${machine.loadBefore.toFixed(2)}`,
    versions.join(', '),
    'Medians of one run, the contestants of a line in turns.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function printSection({ title }: BenchSection, { tables, remarks }: SectionResult): void {
  process.stdout.write(`\n## ${title}\n`);
  for (const table of tables) process.stdout.write(`\n${renderTable(table)}\n`);
  for (const remark of remarks) process.stdout.write(`\n${remark}\n`);
}

function misused(what: string): number {
  process.stderr.write(`bench: ${what}\n\n${usage}\n`);
  return 2;
}
