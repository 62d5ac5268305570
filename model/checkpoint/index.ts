/**
 * Named tensors from .pth and .safetensors files, read lazily, and a streaming .safetensors writer.
 * Source: our own. Deviation: none.
 */
export type { Checkpoint, ElementRange, TensorDtype, TensorInfo } from './checkpoint.ts';
export { roundToBfloat16, roundToFloat16, widenBfloat16, widenFloat16 } from './half-float.ts';
export { openCheckpoint } from './open-checkpoint.ts';
export { writeSafetensors, type SafetensorsEntry } from './safetensors-writer.ts';
