/**
 * Which page is at which address. What one does not look at is not loaded.
 * Source: wouter. Deviation: none.
 */
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { queryClient } from './api/query-client.ts';
import { ButtonLink } from './parts/button.tsx';
import { ErrorBoundary } from './shell/error-boundary.tsx';
import { EmptyState, Spinner } from './parts/states.tsx';
import { SearchPage } from './pages/search-page.tsx';
import { SessionGate } from './session/session-gate.tsx';
import { Header } from './shell/header.tsx';
import { Toasts } from './shell/toasts.tsx';

const LookupPage = lazy(async () => ({ default: (await import('./pages/lookup-page.tsx')).LookupPage }));
const LibraryPage = lazy(async () => ({ default: (await import('./pages/library-page.tsx')).LibraryPage }));
const JobsPage = lazy(async () => ({ default: (await import('./pages/jobs-page.tsx')).JobsPage }));
const DuplicatesPage = lazy(async () => ({
  default: (await import('./pages/duplicates-page.tsx')).DuplicatesPage,
}));

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Header />
      <ErrorBoundary>
        <Suspense fallback={<Spinner label="The page is loading" />}>
          <SessionGate>
            <Switch>
              <Route path="/">
                <SearchPage />
              </Route>
              <Route path="/lookup">
                <LookupPage />
              </Route>
              <Route path="/library">
                <LibraryPage />
              </Route>
              <Route path="/jobs">
                <JobsPage />
              </Route>
              <Route path="/duplicates">
                <DuplicatesPage />
              </Route>
              <Route>
                <main id="content">
                  <EmptyState
                    title="There is no such page"
                    actions={
                      <ButtonLink look="main" href="/">
                        To the photos
                      </ButtonLink>
                    }
                  />
                </main>
              </Route>
            </Switch>
          </SessionGate>
        </Suspense>
      </ErrorBoundary>
      <Toasts />
    </QueryClientProvider>
  );
}
