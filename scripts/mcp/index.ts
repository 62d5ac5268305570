/**
 * A library for assistants.
 * Source: our own. Deviation: none.
 */
export { LibrarySource } from './library-source.ts';
export { createMcpServer } from './mcp-server.ts';
export type { FoundPhoto, PhotoSource } from './photo-source.ts';
export { RemoteSource } from './remote-source.ts';
