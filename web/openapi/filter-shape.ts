/**
 * The form of a filter, whose check is written by hand, as a schema: an object with one field.
 * Source: indexer/store/filter. Deviation: limits on all fields together are told in words only.
 */
import { z } from 'zod';
import { FILTERS_JOINED_MAX, photoFilterFields } from '../../indexer/index.ts';

const self = { $ref: '#/components/schemas/PhotoFilter' } as const;
const joined = { type: 'array', items: self, minItems: 1, maxItems: FILTERS_JOINED_MAX } as const;

export function filterShape(): Record<string, unknown> {
  const { properties } = z.toJSONSchema(z.strictObject(photoFilterFields), { io: 'input' });
  return {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    properties: { and: joined, or: joined, not: self, ...properties },
  };
}
