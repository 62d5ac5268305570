/**
 * GET /health and /ready: for whoever watches over the process.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { count, id } from './common.ts';

export const healthSchema = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' });
export type HealthDocument = Readonly<z.infer<typeof healthSchema>>;

export const readySchema = z
  .strictObject({
    status: z.enum(['ready', 'closing']),
    generation: id,
    photos: count,
    vectors: count.meta({
      description: 'What a search can find; each search catches up with the library first',
    }),
  })
  .meta({ id: 'Readiness' });
export type ReadyDocument = Readonly<z.infer<typeof readySchema>>;
