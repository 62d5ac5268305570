/**
 * Metrics that are looked up when somebody asks: what is under way, what the library holds, what the queue of jobs holds.
 * Source: prom-client's documentation. Deviation: none.
 */
import { Counter, Gauge, type Metric } from 'prom-client';
import type { JobQueue, Library } from '../../indexer/index.ts';
import type { TrafficControl } from '../load/index.ts';

/** A longer queue is as bad as this one. */
const JOBS_COUNTED_MAX = 1000;
const jobStates = ['waiting', 'running', 'paused', 'failed'] as const;

/** They join the registry of whoever asks for them, not that of the package, which is one for the whole process. */
const registers: [] = [];
const labelNames = ['kind'] as const;

export function trafficGauges(traffic: Pick<TrafficControl, 'counts'>): Metric[] {
  const gauge = (name: string, field: 'running' | 'waiting', help: string): Metric =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const [kind, counts] of traffic.counts) this.set({ kind }, counts[field]);
      },
    });
  const counter = (name: string, field: 'admitted' | 'shed', help: string): Metric =>
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [kind, counts] of traffic.counts) this.inc({ kind }, counts[field]);
      },
    });
  return [
    gauge('imglish_requests_in_flight', 'running', 'Requests of this kind that are worked on'),
    gauge('imglish_requests_waiting', 'waiting', 'Requests of this kind that wait to be let in'),
    counter('imglish_requests_admitted_total', 'admitted', 'Requests of this kind that were let in'),
    counter('imglish_requests_shed_total', 'shed', 'Requests of this kind that were sent away with 429'),
  ];
}

export function libraryGauges(library: Library): Metric[] {
  return [
    valueGauge('imglish_photos', 'Photos in the library', () => library.stats().images),
    valueGauge('imglish_skipped_files', 'Files that could not be indexed', () => library.stats().skipped),
    valueGauge('imglish_vectors', 'Contents that a search can find', () => library.stats().vectors),
    valueGauge(
      'imglish_generation',
      'Number of the generation that is searched',
      () => library.generation.id,
    ),
  ];
}

function valueGauge(name: string, help: string, value: () => number): Metric {
  return new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(value());
    },
  });
}

export function jobsGauge(queue: Pick<JobQueue, 'list'>): Metric {
  return new Gauge({
    name: 'imglish_jobs',
    help: `Jobs in this state, counted up to ${JOBS_COUNTED_MAX}`,
    labelNames: ['state'],
    registers,
    async collect() {
      for (const state of jobStates) {
        const jobs = await queue.list({ states: [state], limit: JOBS_COUNTED_MAX });
        this.set({ state }, jobs.length);
      }
    },
  });
}
