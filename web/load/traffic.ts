/**
 * Kinds of requests by what they cost, and how many of each are worked on at a time.
 * Source: our own; figures from `npm run bench -- server overload`. Deviation: none.
 */
import { availableParallelism } from 'node:os';
import type { AdmissionLimits } from './admission.ts';

/**
 * `network`: words or pictures go through the network; `explanations`: dozens of times for one answer; `files`: bytes of
 * photos; `exports`: many photos in one answer; `streams`: open for as long as somebody looks.
 */
export const trafficKinds = ['network', 'explanations', 'files', 'exports', 'streams'] as const;
export type TrafficKind = (typeof trafficKinds)[number];

export type TrafficLimits = Readonly<Record<TrafficKind, AdmissionLimits>>;

/**
 * More at once are not done sooner: on two processors eight connections were answered 560 to 600 times a second with four
 * searches under way as with eight, and 64 blocked the event loop for 49 ms instead of 98.
 */
const NETWORK_RUNNING_MAX = Math.max(4, 2 * availableParallelism());

export const trafficLimits: TrafficLimits = {
  // Whoever is let in last waits for three times as many answers as are worked on.
  network: { runningMax: NETWORK_RUNNING_MAX, waitingMax: 2 * NETWORK_RUNNING_MAX, waitMsMax: 1000 },
  // One fills the batches of the network by itself; searches go on between them.
  explanations: { runningMax: 1, waitingMax: 4, waitMsMax: 20_000 },
  // A page of results asks for all its thumbnails at once, and a browser has six connections.
  files: { runningMax: 64, waitingMax: 512, waitMsMax: 5000 },
  // Each reads one file at a time, as fast as its client does.
  exports: { runningMax: 4, waitingMax: 8, waitMsMax: 5000 },
  streams: { runningMax: 256, waitingMax: 0, waitMsMax: 0 },
};

const network = /^\/v1\/(?:search|search\/stream|lookup|embeddings|rerank|classify|images\/[^/]+\/similar)$/;
const explanations = /^\/v1\/images\/[^/]+\/explain$/;
const files = /^\/v1\/images\/[^/]+\/(?:thumbnail|original)$/;
const exports = /^\/v1\/export$/;
const streams = /^\/v1\/jobs(?:\/[^/]+)?\/events$/;

/** @returns null: so cheap that nobody has to wait */
export function trafficKindOf(address: string): TrafficKind | null {
  // Express takes small and large letters, and one slash more or less at the end, for the same.
  const path = address.toLowerCase().replace(/(?<=.)\/$/, '');
  if (network.test(path)) return 'network';
  if (explanations.test(path)) return 'explanations';
  if (files.test(path)) return 'files';
  if (exports.test(path)) return 'exports';
  return streams.test(path) ? 'streams' : null;
}
