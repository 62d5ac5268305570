/**
 * Fixtures of whole networks: retrieval, captioning, VQA, NLVR2, image classification, pretraining layout.
 * Source: shared/fixtures/README.md. Deviation: none.
 */
import { z } from 'zod';
import type { Fixture, TensorEntry } from './fixture.ts';
import { FixtureNetwork } from './fixture-network.ts';
import { verifyGeneration } from './generation-fixture.ts';
import { planOutput } from './output-plans.ts';
import { compareNumbers, failed, TOLERANCE_DEFAULT, type VerifiedOutput } from './report.ts';
import type { Work } from './work.ts';

/** One import, and the expected tensors that belong to it: their names begin with the prefix. */
export interface NetworkCase {
  readonly checkpoint: string;
  readonly prefix: string;
}

/** retrieval, captioning, vqa, nlvr2, imageclassification */
export async function verifyNetwork(fixture: Fixture, work: Work): Promise<void> {
  const cases: NetworkCase[] = [];
  for (const { file, outputs_prefix: prefix } of fixture.manifest.checkpoints) {
    cases.push({ checkpoint: await fixture.existing(file), prefix: prefix ?? '' });
  }
  await verifyCases(fixture, work, cases);
  const { generation } = fixture.manifest;
  const [first] = cases;
  if (typeof generation === 'string' && first !== undefined) {
    await verifyGeneration(fixture, work, { file: generation, checkpoint: first.checkpoint });
  }
}

const pretrainSchema = z.looseObject({ image_sizes: z.array(z.int().positive()).nonempty() });

/** Every checkpoint at every image size: prefix `s<size>/`. */
export async function verifyPretraining(fixture: Fixture, work: Work): Promise<void> {
  const { image_sizes: sizes } = fixture.manifestAs(pretrainSchema);
  const cases: NetworkCase[] = [];
  for (const { file, outputs_prefix: prefix } of fixture.manifest.checkpoints) {
    const checkpoint = await fixture.existing(file);
    for (const size of sizes) cases.push({ checkpoint, prefix: `${prefix ?? ''}s${size}/` });
  }
  await verifyCases(fixture, work, cases);
}

/** Imports each case and compares its tensors; what belongs to no case fails by name. */
export async function verifyCases(
  fixture: Fixture,
  work: Work,
  cases: readonly NetworkCase[],
  entries: readonly TensorEntry[] = fixture.expected,
): Promise<void> {
  if (cases.length === 0) throw fixture.invalid('it names no checkpoint');
  work.expect(entries.length);
  for (const [index, { checkpoint, prefix }] of cases.entries()) {
    const mine = entries.filter(({ name }) => belongsTo(name, prefix));
    if (mine.length === 0) throw fixture.invalid(`no expected tensor begins with "${prefix}"`);
    const image = fixture.find(`${prefix}image`) ?? fixture.find('image');
    const network = await FixtureNetwork.import(fixture, work, { checkpoint, name: `case-${index}`, image });
    for (const entry of mine) work.add(await verifyOutput(fixture, work, network, entry, prefix));
  }
  for (const { name, suggested_atol: tolerance } of entries) {
    if (cases.some(({ prefix }) => belongsTo(name, prefix))) continue;
    work.add(
      failed(name, work.tolerance(tolerance ?? TOLERANCE_DEFAULT), 'belongs to none of the checkpoints'),
    );
  }
}

function belongsTo(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && !name.slice(prefix.length).includes('/');
}

async function verifyOutput(
  fixture: Fixture,
  work: Work,
  network: FixtureNetwork,
  entry: TensorEntry,
  prefix: string,
): Promise<VerifiedOutput> {
  work.throwIfAborted();
  const { kind } = fixture.manifest;
  const tolerance = work.tolerance(entry.suggested_atol ?? TOLERANCE_DEFAULT);
  const name = entry.name.slice(prefix.length);
  const expected = await fixture.read(entry.name);
  if (name === 'logits_per_image' || name === 'logits_per_text') {
    return compareNumbers(entry.name, await similarities(network, name, entry.shape), expected, tolerance);
  }
  const plan = planOutput(kind, name);
  if (plan === undefined) return failed(entry.name, tolerance, `no such output is known for kind "${kind}"`);
  return compareNumbers(entry.name, await network.run(plan), expected, tolerance);
}

/** exp(logit_scale) · v tᵀ, [images, texts] or turned round */
async function similarities(
  network: FixtureNetwork,
  name: 'logits_per_image' | 'logits_per_text',
  shape: readonly number[],
): Promise<Float64Array> {
  const [first, second] = name === 'logits_per_image' ? ['vision', 'text'] : ['text', 'vision'];
  const [rows, columns] = [await vectorsOf(network, first), await vectorsOf(network, second)];
  const scale = await network.logitScale();
  const [rowCount = 1, columnCount = 1] = shape;
  const width = rows.length / rowCount;
  const result = new Float64Array(rowCount * columnCount);
  for (let index = 0; index < result.length; index++) {
    const row = Math.floor(index / columnCount) * width;
    const column = (index % columnCount) * width;
    let sum = 0;
    for (let feature = 0; feature < width; feature++) {
      sum += (rows[row + feature] ?? 0) * (columns[column + feature] ?? 0);
    }
    result[index] = scale * sum;
  }
  return result;
}

function vectorsOf(network: FixtureNetwork, tower: string | undefined): Promise<Float32Array> {
  return network.run({ request: { tower: tower === 'text' ? 'text' : 'vision', outputs: ['vector'] } });
}
