/**
 * Fixtures of checkpoint files: every tensor by name, type, shape and exact values.
 * Source: shared/fixtures/README.md, "checkpoint_forms". Deviation: none.
 */
import { open } from 'node:fs/promises';
import { z } from 'zod';
import {
  openCheckpoint,
  widenBfloat16,
  widenFloat16,
  type Checkpoint,
  type TensorDtype,
} from '../../checkpoint/index.ts';
import { isAppError, messageOf } from '../../errors.ts';
import type { Fixture } from './fixture.ts';
import { compareExactly, failed, type VerifiedOutput } from './report.ts';
import type { Work } from './work.ts';

const manifestSchema = z.looseObject({
  expected: z.string().min(1),
  forms: z.array(z.looseObject({ file: z.string().min(1) })).nonempty(),
});

const entrySchema = z.looseObject({
  key: z.string(),
  torch_dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  /** exact, as doubles; NaN and infinities as strings */
  values: z.array(z.union([z.number(), z.string()])),
});

const expectedSchema = z.looseObject({
  forms: z.array(
    z.looseObject({
      file: z.string().min(1),
      state_dict_under: z.string().nullish(),
      entries: z.array(entrySchema),
    }),
  ),
});

type Form = z.infer<typeof expectedSchema>['forms'][number];
type Entry = z.infer<typeof entrySchema>;

export async function verifyCheckpoints(fixture: Fixture, work: Work): Promise<void> {
  const { expected, forms } = fixture.manifestAs(manifestSchema);
  const described = (await fixture.readJson(expected, expectedSchema)).forms;
  work.expect(forms.length);
  for (const { file } of forms) {
    const form = described.find((one) => one.file === file);
    if (form === undefined) throw fixture.invalid(`"${file}" is not described in ${expected}`);
    work.add(await verifyForm(await fixture.existing(file), form));
  }
  for (const { file } of described) {
    if (!forms.some((form) => form.file === file))
      work.skipped.push({ name: file, reason: 'not in this copy' });
  }
}

async function verifyForm(path: string, form: Form): Promise<VerifiedOutput> {
  let checkpoint: Checkpoint;
  try {
    checkpoint = await openCheckpoint(path);
  } catch (error) {
    // Before torch 1.6 a checkpoint was a bare pickle: that may be refused, as long as it is said.
    if (isAppError(error, 'CHECKPOINT_UNSUPPORTED') && !(await isZip(path))) {
      return { ...compareExactly(form.file, 1, []), note: `refused, as it may be: ${messageOf(error)}` };
    }
    return failed(form.file, 0, messageOf(error));
  }
  try {
    return compareExactly(form.file, form.entries.length, await differences(checkpoint, form));
  } finally {
    await checkpoint.close();
  }
}

async function differences(checkpoint: Checkpoint, form: Form): Promise<string[]> {
  const found: string[] = [];
  const { stateDictUnder } = checkpoint.metadata;
  const under = form.state_dict_under ?? '';
  if (checkpoint.format === 'pth' && stateDictUnder !== under) {
    found.push(`the state dictionary was taken from "${stateDictUnder}", expected "${under}"`);
  }
  const names = new Set(form.entries.map(({ key }) => key));
  for (const name of checkpoint.tensors.keys()) {
    if (!names.has(name)) found.push(`"${name}" should not be there`);
  }
  for (const entry of form.entries) {
    const difference = await entryDifference(checkpoint, entry);
    if (difference !== undefined) found.push(`"${entry.key}" ${difference}`);
  }
  return found;
}

async function entryDifference(checkpoint: Checkpoint, entry: Entry): Promise<string | undefined> {
  const info = checkpoint.tensors.get(entry.key);
  if (info === undefined) return 'is missing';
  if (info.dtype !== entry.torch_dtype) return `is ${info.dtype}, expected ${entry.torch_dtype}`;
  if (info.shape.join() !== entry.shape.join()) {
    return `has shape [${info.shape.join(', ')}], expected [${entry.shape.join(', ')}]`;
  }
  const expected = entry.values.map(Number);
  // A copy: the reader may hand out a part of a larger buffer, at any byte.
  const { buffer } = new Uint8Array(await checkpoint.readBytes(entry.key));
  const stored = exactViews[info.dtype](buffer);
  const widened = await checkpoint.readFloat32(entry.key);
  if (stored.length !== expected.length || widened.length !== expected.length) {
    return `has ${stored.length} values, expected ${expected.length}`;
  }
  for (const [index, value] of expected.entries()) {
    if (!Object.is(stored[index], value)) return `holds ${stored[index]} at ${index}, expected ${value}`;
    if (!Object.is(widened[index], Math.fround(value))) {
      return `is read as ${widened[index]} at ${index}, expected ${Math.fround(value)}`;
    }
  }
  return undefined;
}

/** Stored little-endian bytes as doubles, without loss but for int64 beyond 2^53. */
const exactViews: Readonly<Record<TensorDtype, (buffer: ArrayBuffer) => ArrayLike<number>>> = {
  float64: (buffer) => new Float64Array(buffer),
  float32: (buffer) => new Float32Array(buffer),
  float16: (buffer) => widenFloat16(new Uint16Array(buffer)),
  bfloat16: (buffer) => widenBfloat16(new Uint16Array(buffer)),
  int64: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number),
  int32: (buffer) => new Int32Array(buffer),
  int16: (buffer) => new Int16Array(buffer),
  int8: (buffer) => new Int8Array(buffer),
  uint8: (buffer) => new Uint8Array(buffer),
  bool: (buffer) => new Uint8Array(buffer),
};

async function isZip(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x50 && buffer[1] === 0x4b;
  } finally {
    await handle.close();
  }
}
