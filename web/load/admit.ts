/**
 * Lets requests in as long as there is room for their kind, before anything of their body is read.
 * Source: our own. Deviation: none.
 */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { Admission, type AdmissionCounts, type Leave } from './admission.ts';
import {
  trafficKindOf,
  trafficKinds,
  trafficLimits,
  type TrafficKind,
  type TrafficLimits,
} from './traffic.ts';

/** Who reads no byte of an answer for so long keeps a place from others. */
const IDLE_MS_MAX = 60_000;

export class TrafficControl {
  readonly #admissions: ReadonlyMap<TrafficKind, Admission>;

  constructor(limits: Partial<TrafficLimits> = {}) {
    const all = { ...trafficLimits, ...limits };
    this.#admissions = new Map(trafficKinds.map((kind) => [kind, new Admission(kind, all[kind])]));
  }

  get counts(): ReadonlyMap<TrafficKind, AdmissionCounts> {
    return new Map([...this.#admissions].map(([kind, admission]) => [kind, admission.counts]));
  }

  /**
   * @param answer sends the problem. Passed on by `next`, it would first be offered to every route behind this one, which took
   *   most of the time of sending somebody away.
   */
  admit(answer: ErrorRequestHandler): RequestHandler {
    return (request, response, next) => {
      const kind = trafficKindOf(request.path);
      const admission = kind === null ? undefined : this.#admissions.get(kind);
      if (admission === undefined) return next();
      if (kind === 'files') response.setTimeout(IDLE_MS_MAX, () => response.destroy());
      const enter = (leave: Leave): void => {
        // Its client may be gone since before anybody looked.
        if (response.closed) return leave();
        response.once('close', leave);
        next();
      };
      const withdraw = admission.enter(enter, (problem) => {
        void answer(problem, request, response, next);
      });
      response.once('close', withdraw);
    };
  }
}
