/**
 * Asks for the key where the server wants one; then everything else.
 * Source: our own. Deviation: none.
 */
import { useState, type FormEvent, type ReactNode } from 'react';
import { asProblem } from '../api/problem.ts';
import { signIn, useSession } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { usePageTitle } from '../shell/page-frame.tsx';
import './session.css';

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const { data: session, isPending } = useSession();
  // A moment only; pages that ask before they may would show refusals.
  if (isPending) return null;
  return session?.needsKey === true && session.scope === null ? <SignIn /> : children;
}

function SignIn() {
  usePageTitle('Sign in');
  const [refusal, setRefusal] = useState('');
  const [isSending, setSending] = useState(false);
  const send = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const input = form.querySelector('input');
    setSending(true);
    try {
      await signIn(input?.value.trim() ?? '');
    } catch (error) {
      const { code, message } = asProblem(error);
      setRefusal(code === 'KEY_WRONG' ? 'This key is none of this server.' : message);
      input?.select();
    }
    setSending(false);
  };
  return (
    <main id="content" className="sign-in" tabIndex={-1}>
      <form className="card" onSubmit={(event) => void send(event)}>
        <span className="sign-in-art">
          <Icon name="key" />
        </span>
        <h1>These photos are private</h1>
        <p>Sign in with a key of this server. Who runs it has one for you.</p>
        <label htmlFor="key">Key</label>
        <input
          id="key"
          name="key"
          className="field"
          type="password"
          autoComplete="current-password"
          required
          maxLength={1000}
          aria-invalid={refusal !== ''}
          aria-describedby="key-refusal"
          onChange={() => setRefusal('')}
        />
        <p id="key-refusal" className="refusal" role="alert">
          {refusal}
        </p>
        <Button look="main" type="submit" disabled={isSending}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
