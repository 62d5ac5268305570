/**
 * Writes pickles for tests: what torch writes, and what nobody should.
 * Source: Python's pickletools.py, protocols 2 and 4. Deviation: nothing is remembered, so shared values are
 * written as often as they are used.
 */

/** A value to be pickled; a list is an array, a dictionary a Map. */
export type Node =
  | null
  | boolean
  | number
  | string
  | readonly Node[]
  | ReadonlyMap<Node, Node>
  | { readonly tuple: readonly Node[] }
  | { readonly global: readonly [module: string, name: string] }
  | { readonly reduce: Node; readonly args: readonly Node[] }
  | { readonly build: Node; readonly state: Node }
  | { readonly persistent: Node }
  | { readonly raw: Uint8Array };

export const tuple = (...items: Node[]): Node => ({ tuple: items });
export const global = (module: string, name: string): Node => ({ global: [module, name] });
export const call = (target: Node, ...args: Node[]): Node => ({ reduce: target, args });
export const dictionary = (entries: Readonly<Record<string, Node>>): Node => new Map(Object.entries(entries));

/** Operations as they are: strings are one byte a character. */
export const raw = (...parts: readonly (string | Uint8Array)[]): Node => ({ raw: bytesOf(...parts) });

export const orderedDict = (entries: Readonly<Record<string, Node>>): Node => {
  const items = Object.entries(entries).flatMap(([key, value]) => [encode(key, 2), encode(value, 2)]);
  return raw(encode(call(global('collections', 'OrderedDict')), 2), '(', ...items, 'u');
};

export interface TensorInit {
  readonly storage?: Node;
  readonly storageClass?: string;
  readonly key?: string;
  /** elements of the storage */
  readonly elements: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
}

/** A tensor as `torch._utils._rebuild_tensor_v2` would make it. */
export function tensor(init: TensorInit): Node {
  const { storageClass = 'FloatStorage', key = '0', elements, offset = 0, shape } = init;
  const strides = init.strides ?? shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const storage = init.storage ?? {
    persistent: tuple('storage', global('torch', storageClass), key, 'cpu', elements),
  };
  return call(
    global('torch._utils', '_rebuild_tensor_v2'),
    storage,
    offset,
    tuple(...shape),
    tuple(...strides),
    false,
    call(global('collections', 'OrderedDict')),
  );
}

/** A whole pickle. */
export function pickle(node: Node, protocol: 2 | 3 | 4 | 5 = 2): Uint8Array {
  return bytesOf('\x80', Uint8Array.of(protocol), encode(node, protocol), '.');
}

function encode(node: Node, protocol: number): Uint8Array {
  if (node === null) return bytesOf('N');
  if (typeof node === 'boolean') return bytesOf(node ? '\x88' : '\x89');
  if (typeof node === 'number') return encodeNumber(node);
  if (typeof node === 'string') return encodeText(node, protocol);
  if (node instanceof Map) {
    const entries = [...(node as ReadonlyMap<Node, Node>)].flatMap((pair) =>
      pair.map((item) => encode(item, protocol)),
    );
    return bytesOf('}(', ...entries, 'u');
  }
  if (isList(node)) return bytesOf('](', ...node.map((item) => encode(item, protocol)), 'e');
  if ('raw' in node) return node.raw;
  if ('tuple' in node) return bytesOf('(', ...node.tuple.map((item) => encode(item, protocol)), 't');
  if ('persistent' in node) return bytesOf(encode(node.persistent, protocol), 'Q');
  if ('build' in node) return bytesOf(encode(node.build, protocol), encode(node.state, protocol), 'b');
  if ('reduce' in node)
    return bytesOf(encode(node.reduce, protocol), encode({ tuple: node.args }, protocol), 'R');
  if ('global' in node) {
    const [module, name] = node.global;
    return protocol < 4
      ? bytesOf(`c${module}\n${name}\n`)
      : bytesOf(encodeText(module, protocol), encodeText(name, protocol), '\x93');
  }
  throw new TypeError('a node of no known kind');
}

function isList(node: Node): node is readonly Node[] {
  return Array.isArray(node);
}

function encodeNumber(value: number): Uint8Array {
  if (!Number.isInteger(value)) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, false);
    return bytesOf('G', bytes);
  }
  if (value >= 0 && value < 256) return bytesOf('K', Uint8Array.of(value));
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return bytesOf('\x8a\x08', bytes.subarray(0, 8));
}

function encodeText(value: string, protocol: number): Uint8Array {
  const text = new TextEncoder().encode(value);
  if (protocol >= 4 && text.length < 256) return bytesOf('\x8c', Uint8Array.of(text.length), text);
  return bytesOf('X', uint32(text.length), text);
}

export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function bytesOf(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
  );
}
