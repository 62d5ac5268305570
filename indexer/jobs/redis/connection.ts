/**
 * The one place that connects to Redis: when to try again, when to give up, and what a person is told.
 * Source: ioredis' and BullMQ's documentation. Deviation: none.
 */
import { Redis } from 'ioredis';
import { AppError, isAppError, messageOf } from '../../../model/index.ts';

/** The pauses between two attempts to connect grow up to the second of these. */
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5000;

/** A command waits for so many attempts, which takes 6 seconds: a server that is restarted is back by then. */
const COMMAND_RETRIES_MAX = 6;

const CONNECT_TIMEOUT_MS = 5000;

/**
 * `commands` fail when the server stays away, so that whoever waits for the answer is told. `worker` waits for as
 * long as it takes, as BullMQ asks for its workers.
 */
export type RedisRole = 'commands' | 'worker';

/** What ends alike for ioredis' own connections and for those that BullMQ wraps. */
export interface Endable {
  readonly status: string;
  connect(): Promise<unknown>;
  disconnect(): void;
}

/** Connects with the first command. Whoever makes it listens to its `error` event, closes it, or uses `RedisLink`. */
export function redisConnection(url: string, role: RedisRole): Redis {
  return new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: role === 'worker' ? null : COMMAND_RETRIES_MAX,
    retryStrategy: (attempts) => Math.min(RETRY_MS_MIN * 2 ** (attempts - 1), RETRY_MS_MAX),
  });
}

/** All connections of one purpose to one server: a server that goes away is one line in the log, not a hundred. */
export class RedisLink {
  /** The address as messages name it: without name and password. */
  readonly place: string;
  /** Of the role `commands`. */
  readonly commands: Redis;
  readonly #url: string;
  readonly #onNotice: (notice: string) => void;
  readonly #connections: Redis[] = [];
  #state: 'opening' | 'here' | 'away' | 'closed' = 'opening';

  private constructor(url: string, onNotice: (notice: string) => void) {
    this.#url = url;
    this.#onNotice = onNotice;
    this.place = placeOf(url);
    this.commands = this.connect('commands');
  }

  /** @throws AppError REDIS_UNAVAILABLE, INVALID_ARGUMENT */
  static async open(url: string, onNotice: (notice: string) => void = () => undefined): Promise<RedisLink> {
    const link = new RedisLink(url, onNotice);
    // The first attempt decides: who has just named a server wants to know at once that it is not there.
    let cause: unknown;
    const remember = (error: unknown): void => {
      cause = error;
    };
    link.commands.on('error', remember);
    try {
      await link.commands.connect();
      await link.commands.ping();
      link.#state = 'here';
      return link;
    } catch (error) {
      link.close();
      throw link.unavailable(cause ?? error);
    } finally {
      link.commands.off('error', remember);
    }
  }

  /** Another connection, closed with the link. */
  connect(role: RedisRole): Redis {
    const connection = redisConnection(this.#url, role);
    connection.on('error', (error: unknown) => this.failed(error));
    connection.on('ready', () => this.#isBack());
    this.#connections.push(connection);
    return connection;
  }

  /** For errors that a library tells by an event. The first of an outage is a notice. */
  failed(error: unknown): void {
    if (this.#state !== 'here' || !isAway(error)) return;
    this.#state = 'away';
    this.#onNotice(
      `${this.place}: Redis cannot be reached (${messageOf(error)}); trying again until it is back`,
    );
  }

  /** @throws AppError REDIS_UNAVAILABLE where the server did not answer; other errors as they are */
  async reach<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw isAway(error) ? this.unavailable(error) : error;
    }
  }

  unavailable(cause: unknown): AppError {
    return new AppError(
      'REDIS_UNAVAILABLE',
      `${this.place}: Redis does not answer (${messageOf(cause)}), expected a server; start it, correct the address, or do without --redis and IMGLISH_REDIS_URL`,
      { cause },
    );
  }

  /** Commands under way are refused. Safe to call twice. */
  close(): void {
    this.#state = 'closed';
    for (const connection of this.#connections) endConnection(connection);
  }

  #isBack(): void {
    if (this.#state !== 'away' || this.commands.status !== 'ready') return;
    this.#state = 'here';
    this.#onNotice(`${this.place}: Redis is back`);
  }
}

/**
 * Closes a connection whatever it is doing; what waits for the server is refused. `disconnect` alone would leave one
 * that is between two attempts there for ever, with the commands that wait for it.
 */
export function endConnection(connection: Endable): void {
  const isBetween = connection.status === 'reconnecting';
  connection.disconnect();
  if (!isBetween) return;
  // The last attempt: where it fails the connection ends, as `disconnect` has said by now.
  connection.connect().then(
    () => connection.disconnect(),
    () => undefined,
  );
}

/** True for what a server that is not there makes of a command; false for a command that it refused. */
export function isAway(error: unknown): boolean {
  if (isAppError(error)) return error.code === 'REDIS_UNAVAILABLE';
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (
    (code !== undefined && /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|ENOENT)/.test(code)) ||
    error.name === 'MaxRetriesPerRequestError' ||
    /^(Connection is closed|connect ETIMEDOUT|Command timed out|Stream isn't writeable)/.test(error.message)
  );
}

function placeOf(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
  } catch (error) {
    throw new AppError('INVALID_ARGUMENT', 'Redis: the address is not one, expected redis://host:6379', {
      cause: error,
    });
  }
}
