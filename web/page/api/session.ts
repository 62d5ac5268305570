/**
 * Who one is to the server: whether it asks for keys, and what may be done.
 * Source: web/schema/session. Deviation: none.
 */
import { useQuery } from '@tanstack/react-query';
import type { SessionDocument } from '../../schema/index.ts';
import { queryClient } from './query-client.ts';
import { deleteJson, getJson, postJson } from './request.ts';

const SESSION = ['session'] as const;

/** Asked once; again when something is refused for want of a key. */
export function useSession() {
  return useQuery({
    queryKey: SESSION,
    queryFn: ({ signal }) => getJson<SessionDocument>('/v1/session', {}, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether what changes the library, and what tells of the rest of the disk, is for this reader. */
export function useMayChange(): boolean {
  return useSession().data?.scope === 'admin';
}

/** @throws Problem KEY_WRONG */
export async function signIn(key: string): Promise<void> {
  await postJson('/v1/session', { key });
  // Before anything else is asked: what was refused before would be taken for an answer.
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
  await queryClient.invalidateQueries({ queryKey: SESSION });
}

/** Nothing that was shown stays behind. */
export async function signOut(): Promise<void> {
  await deleteJson('/v1/session');
  queryClient.clear();
  globalThis.location.assign('/');
}
