/**
 * JSON lines of the log as lines for people.
 * Source: our own. Deviation: none.
 */
import type { DestinationStream } from 'pino';
import { z } from 'zod';

/** What our own lines may hold. */
const lineSchema = z.object({
  level: z.string(),
  time: z.string(),
  msg: z.string().optional(),
  id: z.string().optional(),
  method: z.string().optional(),
  route: z.string().optional(),
  status: z.number().optional(),
  ms: z.number().optional(),
  isCut: z.boolean().optional(),
  count: z.number().optional(),
  request: z.string().optional(),
  err: z.object({ stack: z.string() }).optional(),
});
type Line = z.infer<typeof lineSchema>;

export function prettyLines(destination: DestinationStream): DestinationStream {
  return {
    write: (line) => {
      destination.write(`${prettyLine(lineSchema.parse(JSON.parse(line)))}\n`);
    },
  };
}

function prettyLine({ level, time, msg, ...line }: Line): string {
  const clock = new Date(time).toTimeString().slice(0, 8);
  const head = level === 'info' ? clock : `${clock} ${level.toUpperCase()}`;
  return [head, line.route === undefined ? (msg ?? '') : requestText(line), ...rest(line)]
    .filter((part) => part !== '')
    .join(' ');
}

function requestText({ method, route, status, ms, isCut, id }: Omit<Line, 'level' | 'time'>): string {
  const end = isCut === true ? ' (the client went away)' : '';
  return `${method ?? ''} ${route ?? ''} ${status ?? ''} ${ms ?? 0} ms${end} ${id ?? ''}`;
}

function rest({ route, count, request, err }: Omit<Line, 'level' | 'time'>): string[] {
  if (route !== undefined) return [];
  const parts = count === undefined ? [] : [`(${count})`];
  return err === undefined ? parts : [...parts, `${request ?? ''}\n${err.stack}`];
}
