/**
 * How much is worked on at a time, and what is sent away.
 * Source: our own. Deviation: none.
 */
export { Admission, type AdmissionCounts, type AdmissionLimits, type Leave } from './admission.ts';
export { TrafficControl } from './admit.ts';
export {
  trafficKindOf,
  trafficKinds,
  trafficLimits,
  type TrafficKind,
  type TrafficLimits,
} from './traffic.ts';
