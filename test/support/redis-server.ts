/**
 * A real Redis server for a test, on a free port of this machine, with a folder of its own.
 * Source: redis-server's command line. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

export interface RedisServer {
  /** redis://127.0.0.1:port, the same after `stop` and `start` */
  readonly url: string;
  /** Ends the server; what it holds is on the disk. Safe to call twice. */
  stop(): Promise<void>;
  /** Starts it again with what it held. */
  start(): Promise<void>;
}

const PROGRAM = 'redis-server';
const MISSING = 'needs redis-server: apt-get install redis-server';

/** Another process may take the free port before the server does. */
const PORTS_TRIED_MAX = 5;

/**
 * Ended, and its folder deleted, when the test ends. Where the program is missing the test is skipped and null is
 * given back; on a build machine (CI=true) nothing is skipped: there it fails.
 */
export async function startRedis(context: TestContext): Promise<RedisServer | null> {
  const executable = findProgram();
  if (executable === undefined) {
    assert.notEqual(process.env['CI'], 'true', MISSING);
    context.skip(MISSING);
    return null;
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'imglish-redis-'));
  const server = await Server.start(executable, folder);
  context.after(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return server;
}

class Server implements RedisServer {
  readonly url: string;
  readonly #executable: string;
  readonly #folder: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(executable: string, folder: string, port: number) {
    this.#executable = executable;
    this.#folder = folder;
    this.#port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(executable: string, folder: string): Promise<Server> {
    for (let attempt = 1; ; attempt += 1) {
      const server = new Server(executable, folder, await freePort());
      try {
        await server.start();
        return server;
      } catch (error) {
        if (attempt === PORTS_TRIED_MAX) throw error;
      }
    }
  }

  async start(): Promise<void> {
    assert.equal(this.#child, undefined, 'the server runs already');
    const child = spawn(
      this.#executable,
      [
        '--port',
        String(this.#port),
        '--bind',
        '127.0.0.1',
        '--dir',
        this.#folder,
        '--save',
        '',
        '--appendonly',
        'yes',
        '--appendfsync',
        'always',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (!line.includes('Ready to accept connections')) continue;
      // A full pipe would stop the server.
      child.stdout.resume();
      this.#child = child;
      return;
    }
    throw new Error(`${PROGRAM} did not start:\n${lines.join('\n')}`);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}

function findProgram(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, PROGRAM)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}
