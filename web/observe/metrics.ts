/**
 * What a monitoring system reads: how long stages and requests take, what waits, what was sent away, how the process is.
 * Source: Prometheus' documentation (naming, histograms); prom-client. Deviation: none.
 */
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { JobQueue, Library } from '../../indexer/index.ts';
import { listenToStages } from '../../model/index.ts';
import type { LookupTimings, SearchTimings } from '../../query/index.ts';
import type { TrafficControl } from '../load/index.ts';
import { jobsGauge, libraryGauges, trafficGauges } from './gauges.ts';
import { isMeasured, type RequestRecord } from './request-record.ts';

export interface MetricsOptions {
  readonly library: Library;
  readonly traffic: Pick<TrafficControl, 'counts'>;
  /** Default: there is none. */
  readonly queue?: Pick<JobQueue, 'list'> | undefined;
}

/** From a lookup in memory to a picture that a large network reads on a small machine. Seconds. */
const STAGE_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const ITEM_BUCKETS = [1, 2, 4, 8, 16, 32, 64];

/** `hydrateMs` and so on, without the `Ms`; stages that did not happen took no time and are not told. */
type StageMs = Readonly<Partial<SearchTimings & LookupTimings>>;
const stages = ['encode', 'filter', 'ann', 'words', 'rerank', 'hydrate'] as const;

export class Metrics {
  readonly #registry = new Registry();
  readonly #stage: Histogram<'request' | 'stage'>;
  readonly #request: Histogram<'method' | 'route' | 'status'>;
  readonly #close: () => void;

  constructor({ library, traffic, queue }: MetricsOptions) {
    const registers = [this.#registry];
    this.#stage = new Histogram({
      name: 'imglish_stage_seconds',
      help: 'Time of one stage of a search or lookup; decode: of one picture, whatever it is for',
      labelNames: ['request', 'stage'],
      buckets: STAGE_BUCKETS,
      registers,
    });
    this.#request = new Histogram({
      name: 'imglish_http_request_seconds',
      help: 'Time from the head of a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_BUCKETS,
      registers,
    });
    this.#close = this.#addNetwork();
    const gauges = [...trafficGauges(traffic), ...libraryGauges(library)];
    for (const gauge of gauges) this.#registry.registerMetric(gauge);
    if (queue !== undefined) this.#registry.registerMetric(jobsGauge(queue));
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  searched(request: 'search' | 'lookup', timings: StageMs): void {
    for (const stage of stages) {
      const ms = timings[`${stage}Ms`] ?? 0;
      if (ms > 0) this.#stage.observe({ request, stage }, ms / 1000);
    }
  }

  answered(record: RequestRecord): void {
    const { method, route, status, ms } = record;
    if (isMeasured(record)) this.#request.observe({ method, route, status }, ms / 1000);
  }

  /** Stops listening to the network. Safe to call twice. */
  close(): void {
    this.#close();
  }

  #addNetwork(): () => void {
    const registers = [this.#registry];
    const run = new Histogram({
      name: 'imglish_network_run_seconds',
      help: 'Time of one run of a tower of the network, of a whole batch',
      labelNames: ['tower'],
      buckets: STAGE_BUCKETS,
      registers,
    });
    const batch = new Histogram({
      name: 'imglish_network_batch_items',
      help: 'Pictures, texts or pairs in one run of a tower of the network',
      labelNames: ['tower'],
      buckets: ITEM_BUCKETS,
      registers,
    });
    return listenToStages(({ stage, ms, items }) => {
      if (stage === 'decode') return this.#stage.observe({ request: 'picture', stage }, ms / 1000);
      run.observe({ tower: stage }, ms / 1000);
      batch.observe({ tower: stage }, items);
    });
  }
}
