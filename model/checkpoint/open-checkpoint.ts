/**
 * Opens a checkpoint of either format. The content decides, never the name: renamed files are common.
 * Source: our own. Deviation: none.
 */
import { damaged, quote, unsupported } from './checkpoint-error.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readPth } from './pth-reader.ts';
import { RandomAccessFile } from './random-access-file.ts';
import { readSafetensors } from './safetensors-reader.ts';

/** Enough of the file to tell what it is. */
const HEAD_BYTES = 512;

const BRACE = 0x7b;
const PICKLE_PROTOCOL = 0x80;

/** First bytes of files that are not what their reader hoped for, and what to do about each. */
const strangers: readonly { readonly pattern: RegExp; readonly what: string; readonly remedy: string }[] = [
  {
    pattern: /^version https:\/\/git-lfs/,
    what: 'is a Git LFS pointer and not the file it points to',
    remedy: 'run "git lfs pull" where it came from',
  },
  {
    pattern: /^\s*<(?:!doctype|html|head|\?xml)/i,
    what: 'is a web page',
    remedy: 'download the checkpoint itself; the link needs a login or has expired',
  },
  {
    // gzip (without its first byte, a control character), bzip2, xz, zstd
    pattern: /^(?:.\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd)/,
    what: 'is a compressed file',
    remedy: 'unpack it and give the .pth or .safetensors file inside',
  },
  {
    pattern: /^\x89HDF\r\n/,
    what: 'is an HDF5 file',
    remedy: 'give a checkpoint of PyTorch',
  },
];

/**
 * Reads the directory and nothing else; the result holds the file open until `close()`.
 * @param path .pth (zip form, torch 1.6 and later) or .safetensors
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, CHECKPOINT_CORRUPT, CHECKPOINT_UNSAFE,
 *   CHECKPOINT_UNSUPPORTED, LIMIT_EXCEEDED
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const file = await RandomAccessFile.open(path);
  try {
    return await readerOf(file, await file.read(0, Math.min(HEAD_BYTES, file.size)));
  } catch (error) {
    await file.close();
    throw error;
  }
}

function readerOf(file: RandomAccessFile, head: Uint8Array): Promise<Checkpoint> {
  if (file.size === 0) throw damaged(file.path, 'is empty');
  const text = Buffer.from(head).toString('latin1');
  // A safetensors header of 67 MB has a length that begins like a zip file, but no zip file has a brace here.
  if (head[8] === BRACE && head[7] === 0) return readSafetensors(file);
  if (text.startsWith('PK')) return readPth(file);
  if (head[0] === PICKLE_PROTOCOL) {
    throw unsupported(
      file.path,
      'is a bare pickle, the form of torch before 1.6, and was not read',
      'if you trust it, load it with a recent torch and save it again with torch.save, or as .safetensors',
    );
  }
  const stranger = strangers.find(({ pattern }) => pattern.test(text));
  if (stranger !== undefined) throw unsupported(file.path, stranger.what, stranger.remedy);
  if (head[8] === BRACE) return readSafetensors(file);
  if (file.size < 9 || head.every((byte) => byte === 0)) {
    throw damaged(file.path, `has ${file.size} bytes and begins with ${quote(text.slice(0, 16))}`);
  }
  throw unsupported(
    file.path,
    `is neither a .pth nor a .safetensors file (it begins with ${quote(text.slice(0, 16))})`,
    'give a checkpoint of PyTorch in one of these forms',
  );
}
