/**
 * Values that stand in an address: texts there, numbers here and in the OpenAPI document.
 * Source: our own. Deviation: none.
 */
import { z } from 'zod';

/** What a schema is in the document, where its own rules speak of the text. */
export function shownAs(shape: Readonly<Record<string, unknown>>) {
  return {
    override: ({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }) => {
      for (const name of ['type', 'pattern', 'anyOf']) delete jsonSchema[name];
      Object.assign(jsonSchema, shape);
    },
  };
}

/** @param message of the refusal; default: that a whole number is expected */
export function wholeNumber(
  min: number,
  max: number,
  message = `expected a whole number from ${min} to ${max}`,
) {
  return z
    .string(message)
    .regex(new RegExp(`^\\d{1,${String(max).length}}$`), message)
    .transform(Number)
    .pipe(z.int(message).min(min, message).max(max, message))
    .meta(shownAs({ type: 'integer', minimum: min, maximum: max }));
}

/** From 0 to 1, or the word `default`. */
export function shareOrDefault(message: string) {
  const share = z
    .string()
    .regex(/^(0|1|0?\.\d{1,9}|1\.0+)$/)
    .transform(Number);
  return z.union([z.literal('default'), share], { error: message }).meta(
    shownAs({
      anyOf: [{ type: 'number', minimum: 0, maximum: 1 }, { const: 'default' }],
    }),
  );
}

const ID_DIGITS_MAX = 15;

/** Of a row of the library, where it is part of the path. */
export function idInPath(message: string) {
  return z
    .string()
    .regex(new RegExp(`^[1-9]\\d{0,${ID_DIGITS_MAX - 1}}$`), message)
    .transform(Number)
    .meta(shownAs({ type: 'integer', minimum: 1 }));
}

/** Nothing may stand behind the question mark. */
export const noQuerySchema = z.strictObject({});
