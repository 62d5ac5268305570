/**
 * `imglish mcp` as an assistant starts it: over stdio, with the SDK's own client.
 * Source: scripts/cli/mcp-command.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Server } from '../../../web/index.ts';
import { projectRoot } from '../../support/paths.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../../web/small-library.ts';

const KEY = 'look-at-0123456789abcdef';

let small: SmallLibrary;
let server: Server;

before(async () => {
  small = await openSmallLibrary(3);
  server = await serveSmall(small, { apiKeys: [{ scope: 'read', key: KEY }] });
});

after(async () => {
  await server.close();
  await small.close();
});

async function start(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ client: Client; transport: StdioClientTransport; stderr: () => string }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [path.join(projectRoot, 'dist/scripts/imglish.js'), 'mcp', ...args],
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stderr: 'pipe',
  });
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  return { client, transport, stderr: () => said };
}

it('reads a library beside the process that has it open, and ends with the assistant', async () => {
  // The small library is open for writing here, as it would be under a server.
  const { client, transport, stderr } = await start(['--data', small.library.dataFolder]);
  const { tools } = await client.listTools();
  // Names and descriptions come through the bundle, where the schemas are of another copy of zod.
  assert.match(JSON.stringify(tools[0]), /"description":"What the photo shows, and filters"/);
  const answer = await client.callTool({ name: 'search', arguments: { query: 'mountains', images: 1 } });
  const kinds = (answer.content as { type: string }[]).map(({ type }) => type);
  assert.deepEqual(kinds, ['text', 'text', 'image']);
  assert.match(stderr(), /Ready for an assistant/);
  const { pid } = transport;
  await client.close();
  assert.throws(() => process.kill(pid ?? 0, 0), /ESRCH/);
});

it('asks a server, with the key of the environment', async () => {
  const { client } = await start(['--url', server.url], { IMGLISH_API_KEY: KEY });
  const answer = await client.callTool({ name: 'library', arguments: {} });
  assert.match((answer.content as { text: string }[])[0]?.text ?? '', /^3 photos/);
  await client.close();
});
