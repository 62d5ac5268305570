/**
 * A fault in one page leaves the others alone.
 * Source: React. Deviation: none.
 */
import { Component, type ReactNode } from 'react';
import { ProblemState } from '../parts/states.tsx';

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <main id="content">
        <ProblemState error={this.state.error} onRetry={() => this.setState({ error: null })} />
      </main>
    );
  }
}
