/**
 * Finds the state dictionary in what a .pth holds and checks each of its tensors against the archive.
 * Source: unilm beit3/utils.py load_model_and_may_interpolate (keys `model`, then `module`, then the top level).
 * Deviation: a key counts only where it holds a dictionary.
 */
import { damaged, quote, unsupported } from './checkpoint-error.ts';
import { elementBytes, type TensorDtype } from './checkpoint.ts';
import type { StoredTensor } from './lazy-checkpoint.ts';
import { PickleObject, type PickleValue } from './pickle-value.ts';
import { elementCountOf, geometryProblem } from './tensor-geometry.ts';
import { otherTensors } from './torch-globals.ts';
import { dtypesByStorage, Tensor } from './torch-value.ts';
import type { ZipEntry } from './zip-directory.ts';

const WRAPPING_KEYS = ['model', 'module'] as const;

/** Names shown where there is no tensor. */
const KEYS_SHOWN_MAX = 8;

export interface StateDict {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** @param storageOf the archive's entry for the key of a storage */
export function findStateDict(
  place: string,
  content: PickleValue,
  storageOf: (key: string) => ZipEntry | undefined,
): StateDict {
  if (!(content instanceof Map)) {
    throw unsupported(place, 'holds something else than a dictionary', 'save the state_dict() of the model');
  }
  const key = WRAPPING_KEYS.find((candidate) => content.get(candidate) instanceof Map);
  const wrapped = key === undefined ? undefined : content.get(key);
  const dictionary = wrapped instanceof Map ? wrapped : content;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of dictionary) {
    if (value instanceof PickleObject && otherTensors.includes(value.className)) {
      throw unsupported(
        `${place}: ${quote(typeof name === 'string' ? name : 'an entry')}`,
        `is a tensor made by ${value.className}`,
        'save it as a dense tensor of floating-point numbers',
      );
    }
    if (typeof name !== 'string' || !(value instanceof Tensor)) continue;
    tensors.set(name, locateTensor(place, name, value, storageOf));
  }
  if (tensors.size === 0 && dictionary.size > 0) {
    const keys = [...dictionary.keys()].filter((name) => typeof name === 'string').slice(0, KEYS_SHOWN_MAX);
    throw unsupported(
      place,
      `has no tensors under "${WRAPPING_KEYS.join('" or "')}" or at its top level, which has ${keys.map(quote).join(', ')}`,
      'save the state_dict() of the model',
    );
  }
  const skipped = dictionary.size - tensors.size;
  const metadata = { stateDictUnder: key ?? '', ...(skipped > 0 ? { skippedEntries: String(skipped) } : {}) };
  return { tensors, metadata };
}

function locateTensor(
  place: string,
  name: string,
  { storage, view, dtypeName }: Tensor,
  storageOf: (key: string) => ZipEntry | undefined,
): StoredTensor {
  const where = `${place}: ${quote(name)}`;
  const dtype = dtypeOf(where, storage.className, dtypeName);
  const width = elementBytes[dtype];
  const storageBytes = dtypeName === undefined ? storage.elementCount * width : storage.elementCount;
  const storageElements = Math.floor(storageBytes / width);
  const problem = geometryProblem(view, storageElements);
  if (problem !== undefined) throw damaged(where, problem);
  const entry = storageOf(storage.key);
  if (entry === undefined && storageBytes !== 0) {
    throw damaged(where, `its storage ${quote(storage.key)} is not in the archive`);
  }
  // A storage cut out of raw memory may end in bytes that are no whole element.
  const surplus = (entry?.size ?? 0) - storageBytes;
  if (!(surplus >= 0 && surplus < width)) {
    throw damaged(where, `its storage takes ${storageBytes} bytes, the archive holds ${entry?.size ?? 0}`);
  }
  const elementCount = elementCountOf(view.shape) ?? 0;
  const info = { name, dtype, shape: Object.freeze([...view.shape]), elementCount };
  return { info, storageStart: entry?.start ?? 0, view };
}

function dtypeOf(where: string, storageClass: string, dtypeName: string | undefined): TensorDtype {
  const named = dtypeName?.replace('torch.', '');
  const found =
    named === undefined
      ? dtypesByStorage.get(storageClass)
      : [...dtypesByStorage.values()].find((dtype) => dtype === named);
  if (found !== undefined) return found;
  throw unsupported(
    where,
    `holds elements of ${quote(named ?? storageClass)}, expected ${[...dtypesByStorage.values()].join(', ')}`,
    'convert it to one of these and save it again',
  );
}
