/**
 * Server-sent events out of the body of an answer.
 * Source: the HTML standard, "Parsing an event stream". Deviation: none that a server of ours could tell.
 */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** The last that was said, also before this event. */
  readonly id: string | undefined;
}

/** No event of ours is nearly as long; a server gone mad must not fill the memory. */
const CHARACTERS_MAX = 64_000_000;

/** @param onRetry told how long to wait before connecting again, milliseconds */
export async function* readEvents(
  response: Response,
  onRetry: (ms: number) => void = () => undefined,
): AsyncGenerator<ServerEvent, void> {
  let event = '';
  let id: string | undefined;
  let data: string[] = [];
  for await (const line of linesOf(response)) {
    if (line === '') {
      if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n'), id };
      event = '';
      data = [];
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value));
  }
}

async function* linesOf(response: Response): AsyncGenerator<string, void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      text += decoder.decode(value, { stream: !done });
      // A carriage return at the end may be half of a line end.
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      text = lines.pop() ?? '';
      yield* lines;
      // What was begun and not ended by an empty line counts for nothing.
      if (done) return;
      if (text.length > CHARACTERS_MAX) throw new Error(`a line has more than ${CHARACTERS_MAX} characters`);
    }
  } finally {
    // One who stops listening closes the connection.
    await reader.cancel().catch(() => undefined);
  }
}
