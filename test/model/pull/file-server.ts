/**
 * A small HTTP server for files in memory, with the ways in which real ones disappoint.
 * Source: RFC 9110. Deviation: only what a download asks for.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedFile {
  readonly bytes: Uint8Array;
  /** default `"1"`; null: no ETag */
  readonly etag?: string | null;
  readonly lastModified?: string;
  /** false: ranges are ignored, the whole file is sent with 200 */
  readonly ranges?: boolean;
  /** Body bytes after which the connection is torn down, one number a request; then none is. */
  readonly cutAfter?: readonly number[];
  /** Answers given before the file is served. */
  readonly refusals?: readonly { readonly status: number; readonly headers?: Record<string, string> }[];
  readonly contentType?: string;
  /** false: chunked, without a Content-Length */
  readonly announceLength?: boolean;
  /** true: headers and some bytes are sent, then nothing more */
  readonly stalls?: boolean;
}

export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly status: number;
  /** body bytes handed to the socket */
  bytesSent: number;
}

export class FileServer {
  readonly files = new Map<string, ServedFile>();
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #counts = new Map<string, number>();
  #address = '';

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<FileServer> {
    const server = new FileServer();
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    server.#address = `http://127.0.0.1:${(server.#server.address() as AddressInfo).port}/`;
    return server;
  }

  /** Stays the same when the server is closed. */
  get address(): string {
    return this.#address;
  }

  requestsOf(path: string): readonly SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').slice(1);
    const file = this.files.get(path);
    const { range } = request.headers;
    const ifRange = request.headers['if-range']?.toString();
    const see = (status: number): SeenRequest => {
      const seen = { path, range, ifRange, status, bytesSent: 0 };
      this.requests.push(seen);
      return seen;
    };
    if (file === undefined) {
      see(404);
      response.writeHead(404).end('nothing here');
      return;
    }
    const count = this.#counts.get(path) ?? 0;
    this.#counts.set(path, count + 1);
    const refusal = file.refusals?.[count];
    if (refusal !== undefined) {
      see(refusal.status);
      response.writeHead(refusal.status, refusal.headers).end();
      return;
    }
    const start = startOf(file, range, ifRange);
    if (start >= file.bytes.byteLength) {
      see(416);
      response.writeHead(416, { 'content-range': `bytes */${file.bytes.byteLength}` }).end();
      return;
    }
    const seen = see(start > 0 ? 206 : 200);
    send(response, file, start, file.cutAfter?.[count], seen);
  }
}

/** 0 where the whole file is to be sent. */
function startOf(file: ServedFile, range: string | undefined, ifRange: string | undefined): number {
  if (file.ranges === false || range === undefined) return 0;
  if (ifRange !== undefined && ifRange !== etagOf(file) && ifRange !== file.lastModified) return 0;
  return Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
}

function etagOf({ etag }: ServedFile): string | undefined {
  return etag === null ? undefined : (etag ?? '"1"');
}

function send(
  response: ServerResponse,
  file: ServedFile,
  start: number,
  cutAfter: number | undefined,
  seen: SeenRequest,
): void {
  const body = file.bytes.subarray(start);
  const etag = etagOf(file);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-type': file.contentType ?? 'application/octet-stream',
    ...(file.announceLength !== false && { 'content-length': body.byteLength }),
    ...(start > 0 && {
      'content-range': `bytes ${start}-${file.bytes.byteLength - 1}/${file.bytes.byteLength}`,
    }),
    ...(etag !== undefined && { etag }),
    ...(file.lastModified !== undefined && { 'last-modified': file.lastModified }),
  });
  const sent = file.stalls === true ? body.subarray(0, 1000) : body.subarray(0, cutAfter ?? body.byteLength);
  seen.bytesSent = sent.byteLength;
  if (file.stalls === true) response.write(sent);
  else if (cutAfter === undefined) response.end(sent);
  // Destroyed after the bytes have left, or the client would not see them.
  else response.write(sent, () => setTimeout(() => response.destroy(), 50));
}
