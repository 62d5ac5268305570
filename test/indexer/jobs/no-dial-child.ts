/**
 * A process that uses a queue and tells what it dialled: `node no-dial-child.js <data> [<redis url>]`.
 * Source: our own. Deviation: none.
 */
import { createRequire } from 'node:module';
import net from 'node:net';

// Every connection of a process is made by this method, whichever package asks for it.
const connections: unknown[] = [];
const connect: unknown = Reflect.get(net.Socket.prototype, 'connect');
Reflect.set(net.Socket.prototype, 'connect', function (this: net.Socket, ...options: unknown[]) {
  connections.push(options[0]);
  return Reflect.apply(connect as (...values: unknown[]) => net.Socket, this, options);
});

const { openJobQueue } = await import('../../../indexer/index.ts');
const [dataFolder = '', redisUrl = null] = process.argv.slice(2);
const queue = await openJobQueue({ dataFolder, redisUrl });
const ended = new AbortController();
await queue.work(async () => {
  ended.abort();
  return {};
});
const job = await queue.add('verify', {});
while (!ended.signal.aborted || (await queue.get(job.id))?.state !== 'done') {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
await queue.close();
// ioredis is CommonJS, so what was loaded stands in the cache.
const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) =>
  /ioredis|bullmq/.test(file),
);
console.log(JSON.stringify({ done: true, connections: connections.map(String), loaded }));
