/**
 * What stands where there is nothing to show: not yet, not here, or because something went wrong.
 * Source: our own. Deviation: none.
 */
import type { ReactNode } from 'react';
import { asProblem } from '../api/problem.ts';
import { Button } from './button.tsx';

/** @param props.label what is waited for; read out */
export function Spinner({ label }: { readonly label: string }) {
  return (
    <span className="spinner" role="status">
      <span className="spinner-ring" aria-hidden="true" />
      <span className="visually-hidden">{label}</span>
    </span>
  );
}

export function EmptyState({
  title,
  children,
  actions,
  art,
}: {
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** Above the title; never read out. */
  readonly art?: ReactNode;
}) {
  return (
    <section className="empty-state">
      {art !== undefined && (
        <div className="empty-art" aria-hidden="true">
          {art}
        </div>
      )}
      <h2>{title}</h2>
      {children}
      {actions !== undefined && <div className="empty-actions">{actions}</div>}
    </section>
  );
}

/** @param props.onRetry left out where trying again cannot help */
export function ProblemState({
  error,
  onRetry,
}: {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
}) {
  const problem = asProblem(error);
  return (
    <div role="alert">
      <EmptyState
        title={problem.title}
        actions={
          onRetry && (
            <Button look="main" onClick={onRetry}>
              Try again
            </Button>
          )
        }
      >
        <p>{problem.message}</p>
      </EmptyState>
    </div>
  );
}
