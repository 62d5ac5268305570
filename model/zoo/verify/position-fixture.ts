/**
 * Fixtures of position tables fitted to another grid, with a full forward at the new size.
 * Source: shared/fixtures/README.md, "position_interpolation". Deviation: none.
 */
import path from 'node:path';
import { z } from 'zod';
import { fitPositionTable } from '../position-table.ts';
import { isFile, isInside, type Fixture } from './fixture.ts';
import { verifyCases } from './network-fixtures.ts';
import { compareNumbers, TOLERANCE_DEFAULT } from './report.ts';
import type { Work } from './work.ts';

const schema = z.looseObject({
  cases: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        grid_before: z.int().positive(),
        grid_after: z.int().positive(),
        dim: z.int().positive(),
        source_checkpoint: z.string().nullish(),
        full_forward: z.boolean().nullish(),
      }),
    )
    .nonempty(),
});

export async function verifyPositions(fixture: Fixture, work: Work): Promise<void> {
  const { cases } = fixture.manifestAs(schema);
  for (const { name, grid_before: before, grid_after: after, dim } of cases) {
    const table = await fixture.readFloat32(`${name}/table_before`);
    const target = `${name}/table_after`;
    const expected = await fixture.read(target);
    const tolerance = work.tolerance(fixture.find(target)?.suggested_atol ?? TOLERANCE_DEFAULT);
    work.add(compareNumbers(target, fitPositionTable(table, dim, before, after), expected, tolerance));
  }
  const tables = new Set(cases.map(({ name }) => `${name}/table_after`));
  const forwards = cases.filter((one) => one.full_forward === true);
  const outputs = fixture.expected.filter(({ name }) => !tables.has(name));
  if (outputs.length === 0) return;
  const [forward] = forwards;
  if (typeof forward?.source_checkpoint !== 'string' || forwards.length > 1) {
    throw fixture.invalid(
      `"${outputs[0]?.name}" needs exactly one case with full_forward and source_checkpoint`,
    );
  }
  const checkpoint = await neighbour(fixture, forward.source_checkpoint);
  await verifyCases(fixture, work, [{ checkpoint, prefix: '' }], outputs);
}

/** A checkpoint of another fixture: its path counts from the folder that holds both. */
async function neighbour(fixture: Fixture, file: string): Promise<string> {
  const parent = path.dirname(path.resolve(fixture.folder));
  const full = path.resolve(parent, file);
  if (!isInside(full, parent)) throw fixture.invalid(`"${file}" leads out of the folder of fixtures`);
  if (await isFile(full)) return full;
  const inside = path.resolve(fixture.folder, path.basename(file));
  if (await isFile(inside)) return inside;
  throw fixture.invalid(
    `"${file}" is not there; put that fixture beside this one, or the checkpoint into it`,
  );
}
