/**
 * Photos find texts and labels.
 * Source: our own. Deviation: none.
 */
export {
  Classifier,
  TEMPERATURE_DEFAULT,
  type Classification,
  type ClassifiedLabel,
  type ClassifyOptions,
} from './classify.ts';
export { LookupEngine, type LookupEngineOptions } from './lookup-engine.ts';
export type {
  LookupHit,
  LookupLink,
  LookupRequest,
  LookupResponse,
  LookupTimings,
} from './lookup-request.ts';
export { pairVerifier } from './pair-verifier.ts';
export { pictureVector } from './photo-vectors.ts';
