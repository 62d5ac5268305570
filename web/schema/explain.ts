/**
 * POST /v1/images/:id/explain: why this photo.
 * Source: query/explain. Deviation: none.
 */
import { z } from 'zod';
import { pMatch, score } from './common.ts';

export const explainRequestSchema = z
  .strictObject({
    text: z.string().trim().min(1).max(2000),
    grid: z.int().min(2).max(9).optional(),
    budgetMs: z.number().min(0).max(60_000).optional(),
  })
  .meta({ id: 'ExplainRequest' });
export type ExplainRequestDocument = Readonly<z.infer<typeof explainRequestSchema>>;

export const explainSchema = z
  .strictObject({
    rows: z.int().min(1),
    columns: z.int().min(1),
    values: z.array(z.number().min(-1).max(1)).meta({
      description:
        '[rows, columns], row by row: the fall of the score where this part is covered, over the largest fall',
    }),
    range: z.strictObject({ lowest: z.number(), highest: z.number() }),
    by: z.string().meta({ description: 'what was measured' }),
    score,
    pMatch,
    runs: z.int(),
    runsPlanned: z.int(),
    isComplete: z.boolean(),
    truncatedText: z.boolean(),
    clauses: z
      .array(
        z.strictObject({
          text: z.string(),
          isNegated: z.boolean().meta({ description: 'Whether the words want it not to be there' }),
          score,
          pMatch,
          holds: z.boolean().nullable().meta({
            description: 'Whether the photo is as this part wants it; null: the model cannot tell',
          }),
        }),
      )
      .meta({ description: 'The parts of a query with several, each for itself; empty for one part' }),
  })
  .meta({ id: 'Explanation' });
export type ExplainDocument = Readonly<z.infer<typeof explainSchema>>;
