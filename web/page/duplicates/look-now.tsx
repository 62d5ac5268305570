/**
 * Look-alikes are found by a job; here it can be started.
 * Source: our own. Deviation: none.
 */
import { useMutation } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { startJob } from '../api/jobs.ts';
import { useMayChange } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { toastProblem } from '../shell/toasts.tsx';

/** @param props.words what is not known yet */
export function LookNow({ words }: { readonly words: string }) {
  const mayChange = useMayChange();
  const [, navigate] = useLocation();
  const start = useMutation({
    mutationFn: () => startJob({ kind: 'find-duplicates' }),
    onSuccess: () => navigate('/jobs'),
    onError: toastProblem,
  });
  return (
    <p className="look-now">
      <span>{words}</span>
      {mayChange && (
        <Button icon="refresh" disabled={start.isPending} onClick={() => start.mutate()}>
          Look for look-alikes
        </Button>
      )}
    </p>
  );
}
