/**
 * Asks a server exactly what a test says: any Host, any path, any header, nothing added. Each answer is held against the
 * OpenAPI document.
 * Source: Node's http module. Deviation: none.
 */
import { request, type IncomingHttpHeaders } from 'node:http';
import type { Problem } from '../../web/index.ts';
import { checkAnswer } from './contract.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  json(): unknown;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** @param path is sent as it stands */
export async function ask(url: string, path: string, asked: Asked = {}): Promise<Answer> {
  const answer = await askUnchecked(url, path, asked);
  const { status, headers, body } = answer;
  const contentType = headers['content-type'];
  const sent = asked.headers?.['content-type'] === 'application/json' ? asked.body : undefined;
  checkAnswer({ method: asked.method ?? 'GET', path, status, contentType, body, sent });
  return answer;
}

/** As the platform's own, with the same check. The body is read to its end before the answer is there. */
export async function fetchChecked(address: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(address, init);
  const body = Buffer.from(await response.clone().arrayBuffer());
  const { pathname, search } = new URL(address);
  const contentType = response.headers.get('content-type') ?? undefined;
  const { status } = response;
  const sent = typeof init.body === 'string' ? init.body : undefined;
  checkAnswer({ method: init.method ?? 'GET', path: pathname + search, status, contentType, body, sent });
  return response;
}

/** For what the document does not tell of, such as pages for whoever looks after the server. */
export function askUnchecked(url: string, path: string, asked: Asked = {}): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        path,
        method: asked.method ?? 'GET',
        headers: { ...asked.headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const body = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            json: () => JSON.parse(body.toString('utf8')) as unknown,
          });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(asked.body);
  });
}

export function post(url: string, path: string, body: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return ask(url, path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** The problem document of an answer; fails where it is none. */
export function problemOf(answer: Answer): Problem {
  if (answer.headers['content-type'] !== 'application/problem+json; charset=utf-8') {
    throw new Error(
      `no problem document: ${answer.status} ${answer.headers['content-type']} ${answer.body.toString()}`,
    );
  }
  return answer.json() as Problem;
}
