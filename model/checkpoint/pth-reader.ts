/**
 * Reads .pth as torch.save writes it since 1.6: a zip file with a pickle and one entry for each storage.
 * Source: torch/serialization.py, caffe2/serialize/inline_container.cc. Deviation: the pickle is read with an
 * allow list, the form before 1.6 is refused, and so are big-endian files.
 */
import { AppError } from '../errors.ts';
import { damaged, quote, unsupported } from './checkpoint-error.ts';
import { LazyCheckpoint } from './lazy-checkpoint.ts';
import { readPickle } from './pickle-machine.ts';
import type { RandomAccessFile } from './random-access-file.ts';
import { findStateDict } from './state-dict.ts';
import { loadStorage, torchGlobals } from './torch-globals.ts';
import { readZipDirectory, type ZipEntry } from './zip-directory.ts';

/** 2000 tensors with the state of their optimizer take 1 MB. */
const PICKLE_BYTES_MAX = 64 * 1024 * 1024;

const BYTE_ORDER_BYTES_MAX = 16;

const PICKLE_NAME = 'data.pkl';

/** @throws AppError CHECKPOINT_CORRUPT, CHECKPOINT_UNSAFE, CHECKPOINT_UNSUPPORTED, LIMIT_EXCEEDED, FILE_UNREADABLE */
export async function readPth(file: RandomAccessFile): Promise<LazyCheckpoint> {
  const entries = await readZipDirectory(file);
  const { root, pickle } = findRoot(file.path, entries);
  await checkByteOrder(file, entries.get(`${root}/byteorder`));
  if (pickle.size > PICKLE_BYTES_MAX) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${file.path}: ${PICKLE_NAME} has ${pickle.size} bytes, expected at most ${PICKLE_BYTES_MAX}; save the state dictionary alone`,
    );
  }
  const place = `${file.path}: ${PICKLE_NAME}`;
  const content = readPickle(place, await file.read(pickle.start, pickle.size), {
    globals: torchGlobals,
    persistent: loadStorage,
  });
  const { tensors, metadata } = findStateDict(file.path, content, (key) =>
    entries.get(`${root}/data/${key}`),
  );
  return new LazyCheckpoint('pth', file, tensors, metadata);
}

/** Everything lies in one folder, named for the file that it was saved to, or `archive`. */
function findRoot(place: string, entries: ReadonlyMap<string, ZipEntry>): { root: string; pickle: ZipEntry } {
  const candidates = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = candidates;
  if (pickle === undefined) {
    throw unsupported(
      place,
      `is a zip file without a ${PICKLE_NAME}, which torch.save would have written`,
      'give the checkpoint itself; if it is inside, unpack it',
    );
  }
  if (candidates.length > 1) {
    throw damaged(
      place,
      `has ${candidates.length} pickles, ${candidates.map(({ name }) => quote(name)).join(', ')}`,
    );
  }
  const root = pickle.name.slice(0, -PICKLE_NAME.length - 1);
  return { root, pickle };
}

/** Torch 2.1 and later say it; before, nothing but little-endian machines wrote files that travelled. */
async function checkByteOrder(file: RandomAccessFile, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined) return;
  const length = Math.min(entry.size, BYTE_ORDER_BYTES_MAX);
  const order = new TextDecoder('latin1').decode(await file.read(entry.start, length));
  if (order === 'little') return;
  if (order === 'big') {
    throw unsupported(
      file.path,
      'was written on a big-endian machine',
      'save it again with byteorder little',
    );
  }
  throw damaged(file.path, `has the byte order ${quote(order)}, expected "little" or "big"`);
}
