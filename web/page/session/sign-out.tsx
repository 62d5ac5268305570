/**
 * The way out, where one had to sign in.
 * Source: our own. Deviation: none.
 */
import { signOut, useSession } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { toastProblem } from '../shell/toasts.tsx';

export function SignOut() {
  const { data: session } = useSession();
  if (session === undefined || !session.needsKey || session.scope === null) return null;
  return (
    <Button look="quiet" icon="out" label="Sign out" onClick={() => void signOut().catch(toastProblem)} />
  );
}
