/**
 * A search whose answer comes in stages: first the vectors, then better orders, then the end.
 * Source: POST /v1/search/stream; eventsource-parser. Deviation: EventSource itself cannot send a photo.
 */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { SearchDocument } from '../../schema/index.ts';
import { noAnswer, Problem } from '../api/problem.ts';
import { bodyOf, send } from '../api/request.ts';

export interface Stage {
  readonly stage: 'first' | 'reranked' | 'done';
  readonly answer: SearchDocument;
}

/** @throws Problem, also where the stream breaks off before its end */
export async function* searchStages(body: unknown, signal: AbortSignal): AsyncGenerator<Stage> {
  const response = await send('/v1/search/stream', bodyOf(body), { signal });
  if (response.body === null) throw noAnswer();
  const reader = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw noAnswer();
      const data: unknown = JSON.parse(value.data);
      if (value.event === 'problem') throw new Problem(data as ConstructorParameters<typeof Problem>[0]);
      const stage = value.event as Stage['stage'];
      yield { stage, answer: data as SearchDocument };
      if (stage === 'done') return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
