export { buildGraph, countParameters, parametersOf, Weights } from './beit3/index.ts';
export type { GraphPrecision, GraphRequest, OutputName, ParameterSpec, Tower } from './beit3/index.ts';
export { openCheckpoint, writeSafetensors } from './checkpoint/index.ts';
export type { Checkpoint, TensorInfo } from './checkpoint/index.ts';
export { gridSide, noHeads, sizes, textLengthMax, visionTokens } from './config.ts';
export type { Beit3Config, HeadsConfig, SizeName } from './config.ts';
export { AppError, isAppError, messageOf, type ErrorCode } from './errors.ts';
export * from './image/index.ts';
export { GraphBuilder, writeGraph, type Value as GraphValue } from './onnx/index.ts';
export * from './runtime/index.ts';
export { Tokenizer } from './text/index.ts';
export {
  describeModel,
  type DescribeOptions,
  type ModelDescription,
  type ModelSpeed,
  type TowerDescription,
} from './zoo/describe-model.ts';
export * from './zoo/index.ts';
export * from './zoo/verify/index.ts';
