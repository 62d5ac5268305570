/**
 * What a backup holds, with the sum of every file; its presence says that the backup is whole.
 * Source: our own format. Deviation: none.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../../model/index.ts';

export const MANIFEST_FILE = 'manifest.json';
export const DATABASE_FILE = 'library.sqlite';
/** Imported models. */
export const MODELS_FOLDER = 'models';
export const THUMBNAILS_FOLDER = 'thumbnails';

/** Raised when a restore of the old number would misread the files. */
const FORMAT = 1;

/** A million thumbnails are listed in 200 MB; beyond that they are left out of backups. */
const MANIFEST_BYTES_MAX = 268_435_456;

const count = z.int().nonnegative();

/** A file of the backup, or of a folder below it; never above it, whatever a stranger's manifest says. */
const place = z
  .string()
  .max(1024)
  .refine(
    (text) =>
      /^(?:library\.sqlite|(?:models|thumbnails)\/.+)$/.test(text) &&
      !text.includes('\0') &&
      !text.includes('\\') &&
      text.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'expected library.sqlite, or a file below models/ or thumbnails/',
  );

const schema = z.strictObject({
  format: z.literal(FORMAT),
  /** ISO 8601, UTC */
  createdAt: z.string(),
  libraryId: z.string(),
  schemaVersion: count,
  images: count,
  contents: count,
  vectors: count,
  generations: z.array(
    z.strictObject({
      modelName: z.string(),
      modelIdentity: z.string(),
      preprocessVersion: z.string(),
      dimension: count,
      state: z.enum(['building', 'active', 'retired']),
    }),
  ),
  files: z
    .array(z.strictObject({ path: place, bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .refine(
      (files) => files.some((file) => file.path === DATABASE_FILE),
      'expected library.sqlite among them',
    ),
});

export type Manifest = z.infer<typeof schema>;

export function newManifest(facts: Omit<Manifest, 'format'>): Manifest {
  return { format: FORMAT, ...facts };
}

/** @throws AppError NOT_FOUND (no backup there), BACKUP_CORRUPT */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, MANIFEST_FILE);
  const status = await stat(file).catch(() => undefined);
  if (status === undefined) {
    throw new AppError(
      'NOT_FOUND',
      `${file}: is not there, expected the folder that "imglish backup" made; a backup without it was not finished`,
    );
  }
  if (status.size > MANIFEST_BYTES_MAX) throw corrupt(file, `has ${status.size} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw corrupt(file, messageOf(error));
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw corrupt(file, `"${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'invalid'}`);
}

export function corrupt(file: string, found: string): AppError {
  return new AppError('BACKUP_CORRUPT', `${file}: ${found}; this backup is damaged, restore another one`);
}
