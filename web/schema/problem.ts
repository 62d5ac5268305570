/**
 * The body of every answer that is not a success, as application/problem+json.
 * Source: RFC 9457. Deviation: `code` is ours, and stable; `type` says nothing.
 */
import { z } from 'zod';
import { problemCodes, type ProblemCode } from '../problem-codes.ts';

export const problemSchema = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z
      .enum(problemCodes as readonly [ProblemCode, ...ProblemCode[]])
      .meta({ description: 'Never renamed' }),
    detail: z.string().meta({ description: 'place, found, expected, remedy' }),
    instance: z.string().meta({ description: 'The id of the request, as in the X-Request-Id header' }),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .readonly()
      .optional()
      .meta({ description: 'Where a request has wrong fields: each of them' }),
  })
  .meta({ id: 'Problem', description: 'Why there is no answer (RFC 9457)' });
export type ProblemDocument = Readonly<z.infer<typeof problemSchema>>;
