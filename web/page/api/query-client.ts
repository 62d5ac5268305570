/**
 * What the page knows of the server, kept while it is shown, and asked again when it may have changed.
 * Source: @tanstack/react-query. Deviation: none.
 */
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { asProblem } from './problem.ts';

const TRIES_MAX = 2;

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session that ran out asks for the key again, in place of a page full of refusals.
    onError: (error) => {
      if (asProblem(error).status === 401) void queryClient.invalidateQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refuses it refuses again; only silence and a full server are worth another try.
      retry: (tries, error) => {
        const { status } = asProblem(error);
        return tries < TRIES_MAX && (status === 0 || status === 429 || status === 503);
      },
      retryDelay: (_tries, error) => (asProblem(error).retryAfterSeconds ?? 1) * 1000,
    },
  },
});
