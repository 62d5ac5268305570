/**
 * Writes a built graph as `graph.onnx` and its weights as `graph.data`, one tensor at a time.
 * Source: the ONNX specification, "External Data" and the ModelProto message.
 * Deviation: weights always stand outside the protobuf, not only where the model passes its 2 GB limit:
 * so writing needs memory for one tensor only, and the runtime can map the file instead of reading it.
 */
import { open, mkdtemp, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { AppError, messageOf } from '../errors.ts';
import { elementBytes, elementTypeCodes } from './element-type.ts';
import type { GraphBuilder, Initializer } from './graph-builder.ts';
import { ModelProtoSchema, TensorProtoSchema, type TensorProto } from './onnx_pb.ts';

export const GRAPH_FILE = 'graph.onnx';
const DATA_FILE = 'graph.data';

/** IR 9 is the first that knows opset 20, where Gelu became an operator of its own. */
const IR_VERSION = 9;
const OPSET_VERSION = 20;

/** TensorProto.DataLocation.EXTERNAL */
const EXTERNAL = 1;

/** Shape vectors and scalars must stand in the protobuf, where shape inference can read them. */
const INLINE_BYTES_MAX = 1024;

/** Offsets on page borders, so that the file can be mapped into memory (64 KiB is the Windows granularity). */
const ALIGNMENT_BYTES = 65_536;
/** Small tensors would waste a page each. */
const ALIGN_FROM_BYTES = 1_048_576;

/** The protobuf itself: node names and shapes, far below this for hundreds of layers. */
const PROTOBUF_BYTES_MAX = 2 ** 31 - 1;

/**
 * Writes the graph into `folder`, which appears whole or not at all (a temporary folder beside it, renamed).
 * A folder that is already there is left as it is: somebody else has written the same graph first.
 */
export async function writeGraph(graph: GraphBuilder, folder: string, signal?: AbortSignal): Promise<void> {
  const parent = path.dirname(folder);
  await mkdir(parent, { recursive: true });
  const temporary = await mkdtemp(`${folder}.part-`);
  try {
    const tensors = await writeData(graph.initializers, path.join(temporary, DATA_FILE), signal);
    await writeProtobuf(graph, tensors, path.join(temporary, GRAPH_FILE));
    await publish(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw asWriteError(error, folder);
  }
}

async function writeData(
  initializers: Iterable<Initializer>,
  file: string,
  signal: AbortSignal | undefined,
): Promise<TensorProto[]> {
  // Every write is awaited. A stream would report a full disk by an event, at a moment when nobody listens.
  const handle = await open(file, 'wx');
  const tensors: TensorProto[] = [];
  let position = 0;
  const append = async (chunk: Uint8Array): Promise<void> => {
    for (let done = 0; done < chunk.byteLength;) {
      const { bytesWritten } = await handle.write(chunk, done, chunk.byteLength - done, position);
      done += bytesWritten;
      position += bytesWritten;
    }
  };
  try {
    for (const initializer of initializers) {
      signal?.throwIfAborted();
      const byteLength = byteLengthOf(initializer);
      if (byteLength <= INLINE_BYTES_MAX) {
        tensors.push(await inlineTensor(initializer, byteLength));
        continue;
      }
      if (byteLength >= ALIGN_FROM_BYTES) await append(padding(position));
      const offset = position;
      for await (const chunk of initializer.bytes()) await append(chunk);
      checkLength(initializer, byteLength, position - offset);
      tensors.push(externalTensor(initializer, offset, byteLength));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return tensors;
}

async function writeProtobuf(graph: GraphBuilder, tensors: TensorProto[], file: string): Promise<void> {
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(IR_VERSION),
    producerName: 'imglish',
    opsetImport: [
      { domain: '', version: BigInt(OPSET_VERSION) },
      { domain: 'com.microsoft', version: 1n },
    ],
    graph: {
      name: 'beit3',
      node: [...graph.nodes],
      initializer: tensors,
      input: [...graph.inputs],
      output: [...graph.outputs],
    },
  });
  const bytes = toBinary(ModelProtoSchema, model);
  if (bytes.byteLength > PROTOBUF_BYTES_MAX) {
    throw new AppError('LIMIT_EXCEEDED', `${file}: ${bytes.byteLength} bytes of graph, expected below 2 GiB`);
  }
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function publish(temporary: string, folder: string): Promise<void> {
  try {
    await rename(temporary, folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    await rm(temporary, { recursive: true, force: true });
  }
}

async function inlineTensor(initializer: Initializer, byteLength: number): Promise<TensorProto> {
  const rawData = new Uint8Array(byteLength);
  let position = 0;
  for await (const chunk of initializer.bytes()) {
    checkLength(initializer, byteLength, Math.max(byteLength, position + chunk.byteLength));
    rawData.set(chunk, position);
    position += chunk.byteLength;
  }
  checkLength(initializer, byteLength, position);
  return create(TensorProtoSchema, { ...tensorHeader(initializer), rawData });
}

function externalTensor(initializer: Initializer, offset: number, byteLength: number): TensorProto {
  return create(TensorProtoSchema, {
    ...tensorHeader(initializer),
    dataLocation: EXTERNAL,
    externalData: [
      { key: 'location', value: DATA_FILE },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(byteLength) },
    ],
  });
}

function tensorHeader({ name, type, shape }: Initializer) {
  return { name, dataType: elementTypeCodes[type], dims: shape.map(BigInt) };
}

function byteLengthOf({ type, shape }: Initializer): number {
  return shape.reduce((product, size) => product * size, 1) * elementBytes[type];
}

function checkLength({ name }: Initializer, expected: number, found: number): void {
  if (found === expected) return;
  throw new AppError('CHECKPOINT_CORRUPT', `"${name}": ${found} bytes of weights, expected ${expected}`);
}

function padding(position: number): Uint8Array {
  return new Uint8Array((ALIGNMENT_BYTES - (position % ALIGNMENT_BYTES)) % ALIGNMENT_BYTES);
}

function asWriteError(error: unknown, folder: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new AppError(
    'DISK_FULL',
    `${folder}: no space left for the model graph (${messageOf(error)}); free space or choose another cache folder`,
    { cause: error },
  );
}
