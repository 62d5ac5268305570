export { buildGraph, type GraphRequest, type OutputName, type Tower } from './graphs.ts';
export {
  countParameters,
  parametersOf,
  VISION_POSITION_EXTRA_ROWS,
  type ParameterSpec,
} from './parameters.ts';
export { Weights, type GraphPrecision, type WeightSource } from './weights.ts';
