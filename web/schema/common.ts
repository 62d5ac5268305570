/**
 * Parts that several documents have.
 * Source: RFC 9457 (problems); our own. Deviation: none.
 */
import { z } from 'zod';

export const id = z.int().min(1);
/** How many of something. */
export const count = z.int().min(0);
/** What a list ends in. */
export const page = {
  cursor: z
    .string()
    .nullable()
    .meta({ description: 'Ask the same again with it for those after these; null: there are none' }),
};
export const milliseconds = z.number().min(0);
/** The cosine of the dual encoder: it has no universal threshold. */
export const score = z.number();
/** Calibrated, 0 to 1; null where it was not, or cannot be, told. */
export const pMatch = z.number().min(0).max(1).nullable();
export const band = z.enum(['certain', 'likely', 'maybe', 'unlikely']).nullable();
export const notices = z
  .array(z.string())
  .meta({ description: 'What a person should know, each a sentence' });
/** Photos or texts that were to be read together with the query, those that were, and those that were known already. */
export const reranked = z.strictObject({ asked: count, scored: count, fromCache: count }).nullable();

/** A file, line or row that was left out. */
export const skipSchema = z
  .strictObject({
    place: z.string(),
    code: z.string(),
    message: z.string().meta({ description: 'place, found, expected, remedy' }),
  })
  .meta({ id: 'Skip' });
export type SkipDocument = Readonly<z.infer<typeof skipSchema>>;
