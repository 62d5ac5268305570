/**
 * What a request must be allowed to do, by its method and address. What is not listed changes something, as far as anybody
 * knows, and needs `admin`; so a new route is closed until it is listed here.
 * Source: our own. Deviation: none.
 */
import type { ApiScope } from '../../indexer/index.ts';

/** Questions too long for an address; they change nothing. */
const readingPosts: ReadonlySet<string> = new Set([
  '/v1/search',
  '/v1/search/stream',
  '/v1/lookup',
  '/v1/embeddings',
  '/v1/rerank',
  '/v1/classify',
  '/v1/facets',
]);

/** The same, about one photo. */
const readingPhotoPosts = /^\/v1\/images\/[^/]+\/explain$/;

/** Reading beside /v1. */
const readingPages = /^\/(?:ready|metrics|openapi\.json|docs(?:\/.*)?)$/;

/** They tell of more than the library: what else lies on the disk, or in the queue. */
const adminPages = /^\/(?:v1\/folders|admin)(?:\/.*)?$/;

/** For everybody: whether the process lives, and the way to sign in and out. */
const openPages: ReadonlySet<string> = new Set(['/health', '/v1/session']);

/** @returns null: nothing is needed */
export function neededScope(method: string, address: string): ApiScope | null {
  // Express takes small and large letters, and one slash more or less at the end, for the same.
  const path = address.toLowerCase().replace(/(?<=.)\/$/, '');
  if (openPages.has(path)) return null;
  if (adminPages.test(path)) return 'admin';
  if (method === 'POST') return readingPosts.has(path) || readingPhotoPosts.test(path) ? 'read' : 'admin';
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && (path.startsWith('/v1/') || readingPages.test(path)) ? 'read' : 'admin';
}
