/**
 * Why the first photos of an answer were found, for a terminal and for a contact sheet.
 * Source: query/explain. Deviation: none.
 */
import type { Library } from '../../../indexer/index.ts';
import type { Embedder } from '../../../model/index.ts';
import {
  explainMatch,
  scoreClauses,
  type ClauseScores,
  type EvidenceMap,
  type SearchRequest,
  type SearchResponse,
} from '../../../query/index.ts';

export interface ExplainedHit {
  /** of the image */
  readonly id: number;
  readonly evidence: EvidenceMap;
  /** How each part of the query fits. */
  readonly clauses: ClauseScores;
}

/** The network runs some fifty times for each. */
export const EXPLAINED_MAX = 3;

/** From little to much. */
const SHADES = ' .:-=+*#%@';

/** Wanted words of less weight are a nuance; the engine leaves them out, too. */
const WEIGHT_MIN = 0.5;

/** The words that photos are held against: as the engine joins them for the fusion encoder. */
export function wordsOf({ text, positive = [] }: SearchRequest): string {
  const parts = positive.filter(({ weight = 1 }) => weight >= WEIGHT_MIN).map((part) => part.text);
  return [text, ...parts].filter((one) => one !== undefined).join(', ');
}

/** @returns of the best hits with words to hold them against, best first; none where the query has no words */
export async function explainHits(
  { request, response }: { readonly request: SearchRequest; readonly response: SearchResponse },
  {
    library,
    embedder,
    signal,
  }: { readonly library: Library; readonly embedder: Embedder; readonly signal: AbortSignal },
): Promise<ExplainedHit[]> {
  const text = wordsOf(request);
  if (text === '') return [];
  const explained: ExplainedHit[] = [];
  for (const { id } of response.hits.slice(0, EXPLAINED_MAX)) {
    const asked = { embedder, photo: { library, id }, text, signal };
    explained.push({ id, evidence: await explainMatch(asked), clauses: await scoreClauses(asked) });
  }
  return explained;
}

/** One line for each row of the map, cells two characters wide, as they look about square. */
export function evidenceLines({ rows, columns, values }: EvidenceMap): string[] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column) => {
      const value = Math.max(0, values[row * columns + column] ?? 0);
      const shade = SHADES[Math.min(SHADES.length - 1, Math.round(value * (SHADES.length - 1)))] ?? ' ';
      return shade + shade;
    }).join(''),
  );
}
