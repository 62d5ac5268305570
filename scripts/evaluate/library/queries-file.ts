/**
 * Queries with what a person found relevant: one JSON object a line.
 * Source: our own; the content is that of the judgements ("qrels") of TREC. Deviation: none.
 *
 *   {"query": "dog in the snow", "relevant": ["winter/a.jpg", 17], "filter": {"last": "2y"}}
 *   {"query": "grandmother", "relevant": {"a.jpg": 3, "b.jpg": 1}}
 *   {"query": "tax form", "relevant": []}                              nothing in the library should match
 *   {"query": "snowman", "relevant": "some"}                           something should; nobody said which photos
 */
import { z } from 'zod';
import { AppError, messageOf } from '../../../model/index.ts';
import { readLines } from '../dataset/text-lists.ts';

/** One thing that should be found. */
export interface Relevant {
  /** Id of the image, or its absolute path, the end of it, or its file name. */
  readonly photo: number | string;
  /** above 0; 1 where no grades were given */
  readonly gain: number;
}

export interface JudgedQuery {
  /** in the file, from 1 */
  readonly line: number;
  readonly query: string;
  /** Empty: nothing should match, or `hasAnswer` is true. */
  readonly relevant: readonly Relevant[];
  /** Something matches, but nobody said what: it counts only for "nothing matches". Default false. */
  readonly hasAnswer?: boolean;
  /** As the search takes it, which checks it. */
  readonly filter?: unknown;
}

const QUERIES_MAX = 100_000;
const RELEVANT_MAX = 10_000;
const GAIN_MAX = 1000;

const REMEDY =
  'write one JSON object a line, such as {"query": "dog in the snow", "relevant": ["a.jpg", "trip/b.jpg"]}';

const photo = z.union([z.int().positive(), z.string().min(1).max(4096)], {
  error: 'expected the id, path or file name of a photo',
});
const gain = z.number().min(0).max(GAIN_MAX);
const lineSchema = z.strictObject({
  query: z.string().max(10_000).regex(/\S/, 'expected words to look for'),
  relevant: z.union(
    [z.literal('some'), z.array(photo).max(RELEVANT_MAX), z.record(z.string().min(1), gain)],
    {
      error: `expected a list of photos, an object of photos and grades from 0 to ${GAIN_MAX}, or "some"`,
    },
  ),
  filter: z.looseObject({}).optional(),
});

/** @throws AppError INVALID_ARGUMENT naming the line, FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED */
export async function readQueries(file: string): Promise<JudgedQuery[]> {
  const queries: JudgedQuery[] = [];
  for (const [index, line] of (await readLines(file)).entries()) {
    if (line.trim() !== '') queries.push(parseLine(`${file}:${index + 1}`, index + 1, line));
    if (queries.length > QUERIES_MAX) {
      throw new AppError('LIMIT_EXCEEDED', `${file}:${index + 1}: expected at most ${QUERIES_MAX} queries`);
    }
  }
  if (queries.length > 0) return queries;
  throw new AppError('INVALID_ARGUMENT', `${file}: found no queries, expected at least one; ${REMEDY}`);
}

function parseLine(place: string, line: number, text: string): JudgedQuery {
  const { query, relevant, filter } = parseObject(place, text);
  if (relevant === 'some') {
    return { line, query, relevant: [], hasAnswer: true, ...(filter !== undefined && { filter }) };
  }
  const graded = Array.isArray(relevant)
    ? [...new Set(relevant)].map((one) => ({ photo: idOrName(one), gain: 1 }))
    : Object.entries(relevant).map(([name, grade]) => ({ photo: idOrName(name), gain: grade }));
  return {
    line,
    query,
    relevant: graded.filter((one) => one.gain > 0),
    ...(filter !== undefined && { filter }),
  };
}

function parseObject(place: string, text: string): z.infer<typeof lineSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `${place}: found ${JSON.stringify(text.slice(0, 60))}, expected JSON (${messageOf(error)}); ${REMEDY}`,
      { cause: error },
    );
  }
  const { data, error } = lineSchema.safeParse(json);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'the query' : `"${issue.path.join('.')}"`;
  throw new AppError('INVALID_ARGUMENT', `${place}: ${field}: ${issue?.message ?? 'is wrong'}; ${REMEDY}`, {
    cause: error,
  });
}

/** Keys of an object are strings, so digits alone are an id. */
function idOrName(value: number | string): number | string {
  return typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : value;
}
