/**
 * Engines that tell how long their stages took, in front of those that do the work.
 * Source: our own. Deviation: none.
 */
import type { LookupEngine, SearchEngine, SearchStage } from '../../query/index.ts';
import type { Metrics } from './metrics.ts';

type Told = Pick<Metrics, 'searched'>;
type Searches = Pick<SearchEngine, 'search' | 'stream'>;
type Lookups = Pick<LookupEngine, 'lookup'>;

export function watchSearches(engine: Searches, metrics: Told): Searches {
  return {
    search: async (request, options) => {
      const response = await engine.search(request, options);
      metrics.searched('search', response.timings);
      return response;
    },
    stream: async function* stream(request, options): AsyncGenerator<SearchStage> {
      for await (const one of engine.stream(request, options)) {
        if (one.stage === 'done') metrics.searched('search', one.response.timings);
        yield one;
      }
    },
  };
}

export function watchLookups(engine: Lookups, metrics: Told): Lookups {
  return {
    lookup: async (request, options) => {
      const response = await engine.lookup(request, options);
      metrics.searched('lookup', response.timings);
      return response;
    },
  };
}
