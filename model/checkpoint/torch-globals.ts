/**
 * The allow list: every name that a checkpoint of torch may use, with a stand-in that keeps its arguments.
 * Source: torch/_utils.py, torch/_tensor.py, torch/serialization.py; for the harmless rest, the list behind
 * torch.load(weights_only=True). Deviation: sparse, quantized and meta tensors are missing.
 */
import { quote } from './checkpoint-error.ts';
import {
  malformed,
  PickleGlobal,
  PickleObject,
  PickleProblem,
  PickleTuple,
  type PickleValue,
} from './pickle-value.ts';
import { dtypesByStorage, otherStorages, Storage, Tensor, UNTYPED_STORAGE } from './torch-value.ts';

type Stand = (args: readonly PickleValue[]) => PickleValue;

/** Classes of which only the name is kept; a training run writes them beside the weights. */
const inertClasses: readonly string[] = [
  'argparse.Namespace',
  'builtins.bytearray',
  'builtins.complex',
  'builtins.set',
  'builtins.dict',
  'builtins.int',
  'builtins.list',
  '__builtin__.bytearray',
  '__builtin__.complex',
  '__builtin__.dict',
  '__builtin__.int',
  '__builtin__.list',
  '__builtin__.set',
  // How protocol 2 writes bytes.
  '_codecs.encode',
  'collections.Counter',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  'numpy.dtype',
  'torch.device',
  'torch.Tensor',
  'torch.nn.parameter.Parameter',
  'torch.serialization._get_layout',
];

/** Tensors of kinds that cannot be read; whether that matters is known once they have a name. */
export const otherTensors: readonly string[] = [
  'torch._utils._rebuild_meta_tensor_no_storage',
  'torch._utils._rebuild_nested_tensor',
  'torch._utils._rebuild_qtensor',
  'torch._utils._rebuild_sparse_csr_tensor',
  'torch._utils._rebuild_sparse_tensor',
];

/** Only ever named, as arguments. */
const dtypeNames: readonly string[] = (
  'float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool uint16 uint32 uint64 ' +
  'complex32 complex64 complex128 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu ' +
  'quint8 qint8 qint32 quint4x2 quint2x4'
).split(' ');

const storageNames: readonly string[] = [
  ...[...dtypesByStorage.keys(), ...otherStorages, UNTYPED_STORAGE].map((name) => `torch.${name}`),
  ...[UNTYPED_STORAGE, 'TypedStorage', '_UntypedStorage', '_TypedStorage'].map(
    (name) => `torch.storage.${name}`,
  ),
];

const functions: readonly (readonly [string, Stand])[] = [
  ['collections.OrderedDict', makeOrderedDict],
  // Its factory is of no interest, its entries follow as those of any dictionary.
  ['collections.defaultdict', () => new Map<PickleValue, PickleValue>()],
  ['torch.Size', makeSize],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTensorV3],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch._utils._rebuild_parameter_with_state', rebuildParameter],
  ['torch._tensor._rebuild_from_type_v2', rebuildFromType],
];

/** By module and name, joined with a dot. */
export const torchGlobals: ReadonlyMap<string, PickleGlobal> = new Map(
  [
    ...functions,
    ...[...inertClasses, ...otherTensors].map((name): readonly [string, Stand] => [
      name,
      () => new PickleObject(name),
    ]),
    ...[...storageNames, ...dtypeNames.map((name) => `torch.${name}`)].map(
      (name): readonly [string, Stand] => [name, () => refuseCall(name)],
    ),
  ].map(([name, call]) => [name, new PickleGlobal(name, call)]),
);

/** A storage, from the tuple ('storage', class, key, device, elements). */
export function loadStorage(id: PickleValue): Storage {
  const [kind, type, key, , elementCount] = id instanceof PickleTuple ? id.items : [];
  const isStorage = kind === 'storage' && type instanceof PickleGlobal && storageNames.includes(type.name);
  if (!isStorage || typeof key !== 'string' || typeof elementCount !== 'number') {
    throw malformed('a reference to something that is no storage');
  }
  return new Storage(key, type.name.slice(type.name.lastIndexOf('.') + 1), elementCount);
}

function refuseCall(name: string): never {
  throw malformed(`${quote(name)} is called, which torch never does`);
}

function makeOrderedDict(args: readonly PickleValue[]): PickleValue {
  const [pairs = []] = args;
  if (!Array.isArray(pairs) || args.length > 1)
    throw malformed('an OrderedDict of something that is no list');
  const entries = pairs.map((pair): readonly [PickleValue, PickleValue] => {
    const [key, value, ...rest] = pair instanceof PickleTuple ? pair.items : Array.isArray(pair) ? pair : [];
    if (key === undefined || value === undefined || rest.length > 0)
      throw malformed('an OrderedDict without pairs');
    return [key, value];
  });
  const dictionary = new Map(entries);
  if (dictionary.size < entries.length) throw malformed('an OrderedDict with a repeated key');
  return dictionary;
}

function makeSize(args: readonly PickleValue[]): PickleValue {
  return new PickleTuple(integersOf(args[0], 'torch.Size'));
}

/** (storage, offset, shape, strides, requires_grad, hooks, flags) */
function rebuildTensor(args: readonly PickleValue[]): Tensor {
  return makeTensor(args, args[6], undefined);
}

/** (storage, offset, shape, strides, requires_grad, hooks, dtype, flags) */
function rebuildTensorV3(args: readonly PickleValue[]): Tensor {
  const dtype = args[6];
  if (!(dtype instanceof PickleGlobal)) throw malformed('a tensor without a dtype');
  return makeTensor(args, args[7], dtype.name);
}

function makeTensor(
  args: readonly PickleValue[],
  flags: PickleValue | undefined,
  dtypeName: string | undefined,
): Tensor {
  if (flags instanceof Map && [...flags.values()].includes(true)) {
    throw new PickleProblem('CHECKPOINT_UNSUPPORTED', 'a tensor that is to be negated or conjugated');
  }
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof Storage)) throw malformed('a tensor without a storage');
  const [position = 0] = integersOf(new PickleTuple([offset ?? null]), 'a storage offset');
  const view = {
    shape: integersOf(shape, 'a shape'),
    strides: integersOf(strides, 'strides'),
    offset: position,
  };
  return new Tensor(storage, view, dtypeName);
}

/** (tensor, requires_grad, hooks) */
function rebuildParameter(args: readonly PickleValue[]): Tensor {
  const [tensor] = args;
  if (!(tensor instanceof Tensor)) throw malformed('a parameter without a tensor');
  return tensor;
}

/** (function, class, its arguments, attributes): a tensor with attributes. */
function rebuildFromType(args: readonly PickleValue[]): PickleValue {
  const [target, , targetArgs] = args;
  if (!(target instanceof PickleGlobal) || !(targetArgs instanceof PickleTuple)) {
    throw malformed('a tensor of a class without a function that makes it');
  }
  // It may name itself, but then its arguments are one level down, and levels are limited.
  return target.call(targetArgs.items);
}

/** Integers that may still be nonsense as a shape; that is checked with the name of the tensor at hand. */
function integersOf(value: PickleValue | undefined, what: string): number[] {
  const items = value instanceof PickleTuple ? value.items : Array.isArray(value) ? value : undefined;
  if (items === undefined) throw malformed(`${what} that is no tuple`);
  return items.map((item) => {
    if (typeof item !== 'number' && typeof item !== 'bigint') throw malformed(`${what} that is no integer`);
    return Number(item);
  });
}
