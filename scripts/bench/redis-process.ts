/**
 * A Redis server of its own for a measurement, in memory only.
 * Source: redis-server's command line. Deviation: none.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

export interface RedisProcess {
  readonly url: string;
  close(): Promise<void>;
}

/** @returns null where the program is not installed */
export async function startRedisProcess(folder: string): Promise<RedisProcess | null> {
  const port = await freePort();
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const isMissing = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(true));
  });
  if (await Promise.race([isMissing, untilReady(child.stdout)])) return null;
  return {
    url: `redis://127.0.0.1:${port}`,
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** @returns whether it has ended instead */
async function untilReady(output: NodeJS.ReadableStream): Promise<boolean> {
  for await (const line of createInterface({ input: output })) {
    if (!line.includes('Ready to accept connections')) continue;
    // A full pipe would stop the server.
    output.resume();
    return false;
  }
  return true;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
