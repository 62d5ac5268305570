/**
 * Following jobs through lost connections.
 * Source: our own. Deviation: the stream is played, because a test cannot wait for a browser's pauses.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { followJobs, type EventStream } from '../../../web/page/jobs/follow-jobs.ts';
import { jobOf } from './job-documents.ts';

class PlayedStream implements EventStream {
  readyState = 0;
  isClosed = false;
  readonly #listeners = new Map<string, (event: { readonly data?: unknown }) => void>();

  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void {
    this.#listeners.set(type, listener);
  }

  close(): void {
    this.isClosed = true;
  }

  play(type: string, data?: unknown): void {
    this.#listeners.get(type)?.({ data });
  }
}

/** What a follower heard, and the streams that it opened. */
function follow() {
  const streams: PlayedStream[] = [];
  const heard: string[] = [];
  const end = followJobs({
    onJob: ({ id, state }) => heard.push(`${id} ${state}`),
    onConnected: (isConnected) => heard.push(isConnected ? 'connected' : 'lost'),
    open: (address) => {
      assert.equal(address, '/v1/jobs/events');
      const stream = new PlayedStream();
      streams.push(stream);
      return stream;
    },
  });
  return { streams, heard, end };
}

describe('following jobs', () => {
  test('tells each job, passes over what is no job, and says once that the connection is lost', () => {
    const { streams, heard, end } = follow();
    const [stream] = streams;
    stream?.play('open');
    stream?.play('job', JSON.stringify(jobOf({ state: 'running' })));
    stream?.play('job', '{"id":');
    stream?.play('error');
    stream?.play('error');
    stream?.play('open');
    stream?.play('job', JSON.stringify(jobOf({ state: 'done' })));
    end();
    assert.deepEqual(heard, ['connected', '1 running', 'lost', 'connected', '1 done']);
    // The browser goes on by itself.
    assert.equal(streams.length, 1);
    assert.equal(stream?.isClosed, true);
  });

  test('opens a new stream, later each time, where the browser gives up', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { streams, end } = follow();
    const fail = (): void => {
      const last = streams.at(-1);
      if (last !== undefined) last.readyState = 2;
      last?.play('error');
    };
    fail();
    context.mock.timers.tick(999);
    assert.equal(streams.length, 1);
    context.mock.timers.tick(1);
    assert.equal(streams.length, 2);
    fail();
    context.mock.timers.tick(1999);
    assert.equal(streams.length, 2);
    context.mock.timers.tick(1);
    assert.equal(streams.length, 3);
    streams.at(-1)?.play('open');
    fail();
    context.mock.timers.tick(1000);
    assert.equal(streams.length, 4);
    fail();
    end();
    context.mock.timers.tick(100_000);
    assert.equal(streams.length, 4);
  });
});
