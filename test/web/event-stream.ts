/**
 * Reads server-sent events as a browser would, but shows everything: ids, comments, status, headers.
 * Source: the HTML standard, "Server-sent events". Deviation: none.
 */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

export interface SentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

export interface EventStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Everything that is no event, so far. */
  readonly comments: readonly string[];
  /** Waits; undefined: the stream ended. */
  next(): Promise<SentEvent | undefined>;
  /** The first that is as wanted; those before it are passed over. */
  until(isWanted: (one: SentEvent) => boolean): Promise<SentEvent>;
  /** Cuts the connection. */
  close(): void;
}

export async function openEvents(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const outgoing = request(new URL(path, url), { headers, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const comments: string[] = [];
  const events = eventsOf(response, comments);
  const next = async (): Promise<SentEvent | undefined> => {
    const { value, done } = await events.next();
    return done === true ? undefined : value;
  };
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    comments,
    next,
    until: async (isWanted) => {
      for (;;) {
        const one = await next();
        if (one === undefined) throw new Error(`${path}: ended before the event that was waited for`);
        if (isWanted(one)) return one;
      }
    },
    close: () => outgoing.destroy(),
  };
}

async function* eventsOf(response: IncomingMessage, comments: string[]): AsyncGenerator<SentEvent, void> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const fields = new Map<string, string>();
      for (const line of block.split('\n')) {
        const colon = line.indexOf(': ');
        fields.set(line.slice(0, colon), line.slice(colon + 2));
      }
      const data = fields.get('data');
      if (data === undefined) comments.push(block);
      else yield { event: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) };
    }
  }
}
