/**
 * Checks a filter that a stranger wrote.
 * Source: our own, with zod. Deviation: the tree is walked by hand, because a recursive schema of zod would read the whole
 * of it before it counted anything, and would answer a misspelt field with one complaint for each field there is.
 */
import { z } from 'zod';
import { AppError } from '../../../model/index.ts';
import { globProblem } from './path-glob.ts';
import { havables, orientations, type FilterField, type PhotoFilter } from './photo-filter.ts';
import { ageProblem, isEmptyRange, periodProblem } from './taken-range.ts';

/** `not` in `and` in `or` and so on. Nobody writes more; each is a bracket in the SQL. */
export const FILTER_DEPTH_MAX = 8;
/** Fields in all. Each may look at every photo. */
export const FILTER_SIZE_MAX = 48;
/** Each may look at every name. */
const GLOBS_MAX = 8;
export const FILTERS_JOINED_MAX = 32;
const TEXT_CHARACTERS_MAX = 500;
/** Half way round the earth and a little more. */
const RADIUS_M_MAX = 20_100_000;

const text = z
  .string({ error: 'expected a text' })
  .trim()
  .min(1, 'is empty, expected a text')
  .max(TEXT_CHARACTERS_MAX, `expected at most ${TEXT_CHARACTERS_MAX} characters`)
  .refine((value) => !value.includes('\0'), 'has a zero character, expected none');

const number = z.number({ error: 'expected a number' });
const degrees = (limit: number) => {
  const message = `expected degrees from ${-limit} to ${limit}`;
  return z.number({ error: message }).min(-limit, message).max(limit, message);
};

const range = strict({ min: number.optional(), max: number.optional() }).superRefine(
  ({ min, max }, context) => {
    if (min === undefined && max === undefined) complain(context, 'is empty, expected min, max or both');
    else if (min !== undefined && max !== undefined && min > max) {
      complain(context, `min ${min} is larger than max ${max}, expected it the other way round`);
    }
  },
);

const period = text.superRefine((value, context) => {
  const problem = periodProblem(value);
  if (problem !== undefined) complain(context, `found "${value.slice(0, 40)}", ${problem}`);
});

const taken = strict({ from: period.optional(), until: period.optional() }).superRefine((value, context) => {
  if (value.from === undefined && value.until === undefined) {
    complain(context, 'is empty, expected from, until or both');
  } else if (isEmptyRange(value)) {
    complain(
      context,
      `from ${value.from} is later than until ${value.until}, expected it the other way round`,
    );
  }
});

/** Each field by itself, beside `and`, `or` and `not`. */
export const photoFilterFields = {
  taken,
  last: text.superRefine((value, context) => {
    const problem = ageProblem(value);
    if (problem !== undefined) complain(context, `found "${value.slice(0, 40)}", ${problem}`);
  }),
  folder: text.refine((value) => /[^/\\.]/.test(value), 'names no folder, expected one such as 2023/rome'),
  path: text.superRefine((value, context) => {
    const problem = globProblem(value);
    if (problem !== undefined) complain(context, problem);
  }),
  camera: text,
  lens: text,
  orientation: oneOf(orientations),
  width: range,
  height: range,
  megapixels: range,
  bytes: range,
  iso: range,
  aperture: range,
  focalLengthMm: range,
  rating: range,
  format: text,
  near: strict({
    latitude: degrees(90),
    longitude: degrees(180),
    radiusM: z
      .number({ error: 'expected metres' })
      .gt(0, 'expected metres above 0')
      .max(RADIUS_M_MAX, `expected at most ${RADIUS_M_MAX} metres`),
  }),
  within: strict({
    south: degrees(90),
    west: degrees(180),
    north: degrees(90),
    east: degrees(180),
  }).refine(({ south, north }) => south <= north, 'south is above north, expected it the other way round'),
  has: oneOf(havables),
  keyword: text,
  collection: text,
} as const satisfies Record<Exclude<FilterField, 'and' | 'or' | 'not'>, z.ZodType>;

type LeafField = keyof typeof photoFilterFields;

/** In the order of messages. */
export const filterFields: readonly FilterField[] = [
  'and',
  'or',
  'not',
  ...(Object.keys(photoFilterFields) as LeafField[]),
];

interface Walk {
  readonly problems: { readonly path: readonly PropertyKey[]; readonly message: string }[];
  size: number;
  globs: number;
}

/** For use inside other schemas; each message goes with its field. */
export const photoFilterSchema: z.ZodType<PhotoFilter> = z
  .unknown()
  .transform((value, context) => {
    const walk: Walk = { problems: [], size: 0, globs: 0 };
    const filter = checkNode(value, [], walk);
    for (const { path, message } of walk.problems) {
      context.addIssue({ code: 'custom', message, path: [...path], input: value });
    }
    return filter === undefined || walk.problems.length > 0 ? z.NEVER : filter;
  })
  .meta({ id: 'PhotoFilter', description: 'One field; several are joined by `and`, `or` and `not`' });

/**
 * @param place what messages begin with
 * @throws AppError INVALID_ARGUMENT, with every problem found
 */
export function checkPhotoFilter(value: unknown, place = 'filter'): PhotoFilter {
  const checked = photoFilterSchema.safeParse(value);
  if (checked.success) return checked.data;
  const list = checked.error.issues.map(({ path, message }) => `${[place, ...path].join('.')}: ${message}`);
  throw new AppError('INVALID_ARGUMENT', list.join('; '), { cause: checked.error });
}

function checkNode(value: unknown, path: readonly PropertyKey[], walk: Walk): PhotoFilter | undefined {
  const refuse = (message: string, where = path): undefined => {
    walk.problems.push({ path: where, message });
    return undefined;
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('expected an object with one field, such as {"has": "date"}');
  }
  const names = Object.keys(value);
  const [name] = names;
  if (name === undefined) return refuse(`is empty, expected one field of ${filterFields.join(', ')}`);
  const unknown = names.find((one) => !filterFields.some((field) => field === one));
  if (unknown !== undefined) {
    return refuse(`there is no such field, expected one of ${filterFields.join(', ')}`, [
      ...path,
      unknown.slice(0, 40),
    ]);
  }
  if (names.length > 1) {
    return refuse(`has ${names.length} fields (${names.join(', ')}), expected one; join them by "and"`);
  }
  walk.size += 1;
  if (walk.size === FILTER_SIZE_MAX + 1) return refuse(`expected at most ${FILTER_SIZE_MAX} fields in all`);
  if (walk.size > FILTER_SIZE_MAX) return undefined;
  return checkField(name as FilterField, (value as Record<string, unknown>)[name], [...path, name], walk);
}

function checkField(
  field: FilterField,
  value: unknown,
  path: readonly PropertyKey[],
  walk: Walk,
): PhotoFilter | undefined {
  const refuse = (message: string): undefined => {
    walk.problems.push({ path, message });
    return undefined;
  };
  if (field === 'and' || field === 'or' || field === 'not') {
    // Steps of the path are fields and places in lists by turns.
    const depth = path.filter((step) => step === 'and' || step === 'or' || step === 'not').length;
    if (depth > FILTER_DEPTH_MAX)
      return refuse(`expected at most ${FILTER_DEPTH_MAX} of and, or, not in one another`);
    if (field === 'not') {
      const inner = checkNode(value, path, walk);
      return inner && { not: inner };
    }
    if (!Array.isArray(value) || value.length === 0 || value.length > FILTERS_JOINED_MAX) {
      return refuse(`expected a list of 1 to ${FILTERS_JOINED_MAX} filters`);
    }
    const list = value.map((one, index) => checkNode(one, [...path, index], walk));
    const known = list.filter((one) => one !== undefined);
    if (known.length < list.length) return undefined;
    return field === 'and' ? { and: known } : { or: known };
  }
  if (field === 'path' && (walk.globs += 1) > GLOBS_MAX)
    return refuse(`expected at most ${GLOBS_MAX} patterns`);
  const checked = photoFilterFields[field].safeParse(value);
  if (checked.success) return { [field]: checked.data } as unknown as PhotoFilter;
  for (const issue of checked.error.issues) {
    walk.problems.push({ path: [...path, ...issue.path], message: issue.message });
  }
  return undefined;
}

function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has the unknown field ${issue.keys.map((key) => key.slice(0, 40)).join(', ')}, expected ${known}`
        : `expected an object with ${known}`,
  });
}

function oneOf<const Values extends readonly string[]>(values: Values) {
  return z.enum(values, { error: `expected one of ${values.join(', ')}` });
}

function complain(context: z.RefinementCtx, message: string): void {
  context.addIssue({ code: 'custom', message });
}
