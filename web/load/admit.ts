/**
 * Lets requests in as long as there is room for their kind, before anything of their body is read.
 * Source: our own. Deviation: none.
 */
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { HttpProblem } from '../errors.ts';
import { Admission, type AdmissionCounts, type Leave } from './admission.ts';
import {
  trafficKindOf,
  trafficKinds,
  trafficLimits,
  type TrafficKind,
  type TrafficLimits,
} from './traffic.ts';

/** Of an answer that no browser shows; the same protection as of all others. */
const SHED_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Content-Type': 'application/problem+json; charset=utf-8',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

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
   * Stands before everything that costs time: while the queue is full, nine of ten requests may end here.
   * @param documentOf what a problem is told as
   */
  shed(documentOf: (problem: HttpProblem, request: Request, response: Response) => unknown): RequestHandler {
    return (request, response, next) => {
      const kind = trafficKindOf(request.path);
      const problem = kind === null ? undefined : this.#admissions.get(kind)?.refusal();
      if (problem === undefined) return next();
      const body = JSON.stringify(documentOf(problem, request, response));
      response.writeHead(problem.status, {
        ...problem.headers,
        ...SHED_HEADERS,
        'Content-Length': Buffer.byteLength(body),
      });
      response.end(body);
    };
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
