/**
 * Requests to the server of this page. Types come from web/schema; nothing is checked again here, because the server's
 * answers are tested against the same schemas.
 * Source: the fetch standard. Deviation: none.
 */
import { noAnswer, problemOf } from './problem.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `/v1/jobs`, { limit: 5 } → `/v1/jobs?limit=5`; what is undefined is left out. */
export function addressOf(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function getJson<T>(path: string, query: Query = {}, options: CallOptions = {}): Promise<T> {
  return answerOf<T>(addressOf(path, query), { method: 'GET' }, options);
}

/** @param body JSON, or a form with a picture beside it; see `pictureForm` */
export function postJson<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
  return answerOf<T>(path, bodyOf(body), options);
}

export function deleteJson<T>(path: string, options: CallOptions = {}): Promise<T> {
  return answerOf<T>(path, { method: 'DELETE' }, options);
}

/** A photo with wishes beside it, as routes that take pictures want it. */
export function pictureForm(picture: Blob, request: object = {}): FormData {
  const form = new FormData();
  form.set('request', JSON.stringify(request));
  form.set('image', picture, picture instanceof File ? picture.name : 'photo');
  return form;
}

/** The answer itself, where it is no JSON: a stream. @throws Problem */
export async function send(address: string, init: RequestInit, options: CallOptions = {}): Promise<Response> {
  const { signal } = options;
  let response: Response;
  try {
    response = await fetch(address, signal === undefined ? init : { ...init, signal });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw noAnswer();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export function bodyOf(body: unknown): RequestInit {
  if (body instanceof FormData) return { method: 'POST', body };
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}

async function answerOf<T>(address: string, init: RequestInit, options: CallOptions): Promise<T> {
  const response = await send(address, init, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}
