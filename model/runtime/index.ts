export type {
  CallOptions,
  Caption,
  CaptionOptions,
  Device,
  Embedder,
  EncodedText,
  FusionKind,
  OpenEmbedderOptions,
  Pair,
  Precision,
} from './embedder.ts';
export { beamSearch, type BeamResult, type BeamSearchOptions, type NextWords } from './beam-search.ts';
export { cachedGraph, type GraphSource } from './graph-cache.ts';
export { addsExactlyInTrial, addsInt8Exactly } from './int8-probe.ts';
export { LocalEmbedder, openEmbedder } from './open-embedder.ts';
export { maskedHalves, type MaskedText } from './pair-scorer.ts';
export {
  describeRuntime,
  devices,
  precisions,
  sessionOptions,
  type ProviderInfo,
  type RuntimeInfo,
} from './providers.ts';
export { Session } from './session.ts';
export type { RunResult, TensorData } from './session-messages.ts';
export { Tower, type LoadedTower, type TowerOptions } from './tower.ts';
