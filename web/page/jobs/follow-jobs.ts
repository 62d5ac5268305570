/**
 * Hears of jobs as they happen: server-sent events, taken up again for as long as somebody listens.
 * Source: the HTML standard, "Server-sent events". Deviation: EventSource goes on by itself after a lost connection, with the
 * last id, but gives up for good where the answer was an error, as of a server that starts; then a new one is opened.
 */
import type { JobDocument } from '../../schema/index.ts';

/** The part of EventSource that is used. */
export interface EventStream {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
  close(): void;
}

export interface FollowOptions {
  readonly onJob: (job: JobDocument) => void;
  /** Told of each change only. */
  readonly onConnected: (isConnected: boolean) => void;
  readonly open?: (address: string) => EventStream;
}

const CLOSED = 2;
const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 30_000;

/** @returns ends it */
export function followJobs({ onJob, onConnected, open = openStream }: FollowOptions): () => void {
  let stream: EventStream | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMs = RETRY_MS_MIN;
  let wasConnected: boolean | undefined;
  const tell = (isConnected: boolean): void => {
    if (isConnected === wasConnected) return;
    wasConnected = isConnected;
    onConnected(isConnected);
  };
  const connect = (): void => {
    const current = open('/v1/jobs/events');
    stream = current;
    current.addEventListener('open', () => {
      waitMs = RETRY_MS_MIN;
      tell(true);
    });
    current.addEventListener('job', ({ data }) => {
      const job = jobOf(data);
      if (job !== undefined) onJob(job);
    });
    current.addEventListener('error', () => {
      tell(false);
      if (current.readyState !== CLOSED || current !== stream) return;
      timer = setTimeout(connect, waitMs);
      waitMs = Math.min(waitMs * 2, RETRY_MS_MAX);
    });
  };
  connect();
  return () => {
    clearTimeout(timer);
    stream?.close();
    stream = undefined;
  };
}

function openStream(address: string): EventStream {
  return new EventSource(address);
}

/** One event that cannot be read must not end the page; the next one of that job says the same and more. */
function jobOf(data: unknown): JobDocument | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return JSON.parse(data) as JobDocument;
  } catch {
    return undefined;
  }
}
