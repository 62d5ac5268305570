/**
 * A line as people type it (`beach -people camera:canon`), beside the rest of a request. Programs send words and parts
 * apart, as `text`, `positive` and `negative`; a page sends what was typed, and one parser reads it for all.
 * Source: query/language. Deviation: none.
 */
import { parseQuery, toSearchRequest, type SearchRequest } from '../query/index.ts';
import { HttpProblem } from './errors.ts';
import { LINE_CHARACTERS_MAX } from './schema/search.ts';

export interface TypedSearch {
  /** Without `query`; still to be checked. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What a person should know of how the line was read. */
  readonly notices: readonly string[];
}

/**
 * @param body may have `query`, the line
 * @throws HttpProblem, AppError where the line cannot be read or says what another field says
 */
export function withTypedLine(body: unknown): TypedSearch {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  if (!('query' in fields)) return { fields, notices: [] };
  const { query, ...rest } = fields;
  if (typeof query !== 'string' || query.length > LINE_CHARACTERS_MAX) {
    throw refused(`query: expected a line of at most ${LINE_CHARACTERS_MAX} characters, as one types it`);
  }
  if ('text' in rest) {
    throw refused('text: found beside query; words belong into one of them, leave out the other');
  }
  const { request, notices } = readLine(query);
  const { text, positive = [], negative = [], filter } = request;
  return {
    fields: {
      ...rest,
      ...(text !== undefined && { text }),
      ...joined('positive', rest['positive'], positive),
      ...joined('negative', rest['negative'], negative),
      ...(filter !== undefined && {
        filter: rest['filter'] === undefined ? filter : { and: [rest['filter'], filter] },
      }),
    },
    notices,
  };
}

/** @throws AppError where it cannot be read */
export function readLine(line: string): {
  readonly request: SearchRequest;
  readonly notices: readonly string[];
} {
  const typed = parseQuery(line);
  return { request: toSearchRequest(typed), notices: typed.notices };
}

/** What is no list is left for the check to refuse. */
function joined(name: string, given: unknown, typed: readonly unknown[]): Readonly<Record<string, unknown>> {
  if (typed.length === 0) return {};
  if (given !== undefined && !Array.isArray(given)) return { [name]: given };
  return { [name]: [...((given ?? []) as readonly unknown[]), ...typed] };
}

function refused(detail: string): HttpProblem {
  return new HttpProblem('INVALID_ARGUMENT', 400, detail);
}
