/**
 * /v1/session: a browser signs in with a key. GET tells whether one must; POST {key} → 204 and a cookie; DELETE signs out.
 * Source: our own. Deviation: none.
 */
import { z } from 'zod';

export const sessionSchema = z
  .strictObject({
    needsKey: z.boolean().meta({ description: 'Whether the server asks for keys' }),
    scope: z
      .enum(['read', 'admin'])
      .nullable()
      .meta({ description: 'What this request may; null: nothing yet' }),
  })
  .meta({ id: 'Session' });
export type SessionDocument = Readonly<z.infer<typeof sessionSchema>>;

const KEY_CHARACTERS_MAX = 1000;

/** POST /v1/session */
export const newSessionSchema = z
  .strictObject({
    key: z.string('expected a key').min(1, 'expected a key').max(KEY_CHARACTERS_MAX, 'is too long for a key'),
  })
  .meta({ id: 'NewSession' });
