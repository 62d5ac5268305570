/**
 * `imglish mcp`: the library as tools of an assistant, over standard input and output.
 * Source: the Model Context Protocol, "stdio". Deviation: none.
 */
import { once } from 'node:events';
import { Command } from 'commander';
import type { Settings } from '../../indexer/index.ts';
import { FusionScorer, LookupEngine, SearchEngine } from '../../query/index.ts';
import type { PhotoSource } from '../mcp/index.ts';
import { modelSettings, openLibrary, openModel, settingOptions, settingsOf, using } from './context.ts';
import { packageVersion } from './package-version.ts';
import { interruptible, note } from './terminal.ts';

export function mcpCommand(): Command {
  const command = new Command('mcp')
    .description('let an assistant search the library: tools of the Model Context Protocol, over stdio')
    .addHelpText(
      'after',
      `
An assistant starts it, by a configuration such as
  {"mcpServers": {"imglish": {"command": "imglish", "args": ["mcp", "--data", "/path/to/library"]}}}
Nothing is written. With --url a running server is asked, which answers faster and may be on another machine.`,
    )
    .action(async () => {
      await run(settingsOf(command));
    });
  return settingOptions(command, [...modelSettings, 'maxFile', 'maxPixels', 'url', 'apiKey']);
}

async function run(settings: Settings): Promise<void> {
  await interruptible(async (signal) => {
    if (settings.serverUrl === null) return serveLibrary(settings, signal);
    const [{ Imglish }, { RemoteSource }] = await Promise.all([
      import('../../web/index.ts'),
      import('../mcp/index.ts'),
    ]);
    const { serverUrl: url, apiKey } = settings;
    await talk(new RemoteSource(new Imglish({ url, ...(apiKey !== null && { apiKey }) })), signal);
  });
}

async function serveLibrary(settings: Settings, signal: AbortSignal): Promise<void> {
  const { LibrarySource } = await import('../mcp/index.ts');
  const embedder = await openModel(settings, { preload: ['text'] });
  await using([embedder], async () => {
    const library = await openLibrary(settings, embedder, 'read');
    await using([library], async () => {
      const engine = new SearchEngine({ library, embedder });
      const lookup = new LookupEngine({
        library,
        embedderOf: (identity) => (identity === embedder.identity ? embedder : undefined),
        scorer: new FusionScorer({ library }),
        limits: { bytesMax: settings.fileBytesMax, pixelsMax: settings.imagePixelsMax },
      });
      await talk(new LibrarySource({ library, engine, lookup }), signal);
    });
  });
}

/** Until the assistant closes the line. Standard output belongs to the protocol: all else goes to stderr. */
async function talk(source: PhotoSource, signal: AbortSignal): Promise<void> {
  const [{ StdioServerTransport }, { createMcpServer }] = await Promise.all([
    import('@modelcontextprotocol/sdk/server/stdio.js'),
    import('../mcp/index.ts'),
  ]);
  const server = createMcpServer(source, packageVersion());
  await server.connect(new StdioServerTransport());
  note('Ready for an assistant on standard input.');
  await once(process.stdin, 'end', { signal }).catch(() => undefined);
  await server.close();
}
