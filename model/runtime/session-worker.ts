/**
 * Runs in a worker thread: owns one onnxruntime session and answers messages, one at a time.
 * Source: onnxruntime-node 1.30, whose `run` blocks the thread that calls it; hence a thread of its own.
 * Deviation: none.
 */
import { parentPort, type Transferable } from 'node:worker_threads';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf } from '../errors.ts';
import type { RunResult, TensorData, WorkerReply, WorkerRequest } from './session-messages.ts';

const port = parentPort;
if (port === null) throw new Error('session-worker.ts is started as a worker thread only');

// Whatever fails is thrown to us as well; the runtime's own lines would only litter the terminal.
env.logLevel = 'fatal';

let session: InferenceSession | undefined;
/** Requests wait for each other: a session must not be released while it runs. */
let previous: Promise<void> = Promise.resolve();

port.on('message', (request: WorkerRequest) => {
  previous = previous.then(() => answer(request));
});

async function answer(request: WorkerRequest): Promise<void> {
  try {
    const { value, transfer } = await handle(request);
    reply({ id: request.id, ok: true, value }, transfer);
  } catch (error) {
    reply({ id: request.id, ok: false, message: messageOf(error) });
  }
  // Leaving on our own; terminating a thread inside onnxruntime aborts the whole process.
  if (request.kind === 'close') port?.close();
}

async function handle(request: WorkerRequest): Promise<{ value: RunResult; transfer: Transferable[] }> {
  if (request.kind === 'run') return run(request.feeds);
  if (request.kind === 'load') {
    session = await InferenceSession.create(request.file, request.options);
  } else {
    await session?.release();
    session = undefined;
  }
  return { value: {}, transfer: [] };
}

async function run(
  feeds: Readonly<Record<string, TensorData>>,
): Promise<{ value: RunResult; transfer: Transferable[] }> {
  if (session === undefined) throw new Error('no session is loaded');
  const inputs: Record<string, Tensor> = {};
  for (const [name, { data, dims }] of Object.entries(feeds)) {
    inputs[name] =
      data instanceof Float32Array ? new Tensor('float32', data, dims) : new Tensor('int64', data, dims);
  }
  const outputs = await session.run(inputs);
  const value: Record<string, TensorData> = {};
  const transfer: Transferable[] = [];
  for (const [name, tensor] of Object.entries(outputs)) {
    if (!(tensor.data instanceof Float32Array)) throw new Error(`output ${name} is ${tensor.type}`);
    // The runtime owns this memory; only a copy may be handed to another thread.
    const data = tensor.data.slice();
    value[name] = { data, dims: tensor.dims };
    transfer.push(data.buffer);
    tensor.dispose();
  }
  return { value, transfer };
}

function reply(message: WorkerReply, transfer: readonly Transferable[] = []): void {
  port?.postMessage(message, transfer);
}
