/**
 * Kinds of requests by what they cost, and how many of each are worked on at a time.
 * Source: our own; figures from `npm run bench -- server overload`. Deviation: none.
 */
import type { AdmissionLimits } from './admission.ts';

/** `network`: words or pictures go through the network; `files`: bytes of photos; `streams`: open for as long as somebody looks. */
export const trafficKinds = ['network', 'files', 'streams'] as const;
export type TrafficKind = (typeof trafficKinds)[number];

export type TrafficLimits = Readonly<Record<TrafficKind, AdmissionLimits>>;

export const trafficLimits: TrafficLimits = {
  // Enough to fill batches of the network; a longer queue would only make everybody wait.
  network: { runningMax: 16, waitingMax: 32, waitMsMax: 1000 },
  // A page of results asks for all its thumbnails at once, and a browser has six connections.
  files: { runningMax: 64, waitingMax: 512, waitMsMax: 5000 },
  streams: { runningMax: 256, waitingMax: 0, waitMsMax: 0 },
};

const network =
  /^\/v1\/(?:search|search\/stream|lookup|embeddings|rerank|classify|explain|images\/[^/]+\/(?:similar|evidence))$/;
const files = /^\/v1\/images\/[^/]+\/(?:thumbnail|original)$/;
const streams = /^\/v1\/jobs(?:\/[^/]+)?\/events$/;

/** @returns null: so cheap that nobody has to wait */
export function trafficKindOf(address: string): TrafficKind | null {
  // Express takes small and large letters, and one slash more or less at the end, for the same.
  const path = address.toLowerCase().replace(/(?<=.)\/$/, '');
  if (network.test(path)) return 'network';
  if (files.test(path)) return 'files';
  return streams.test(path) ? 'streams' : null;
}
