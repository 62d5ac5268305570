/**
 * Which page is at which address.
 * Source: wouter. Deviation: none.
 */
import { Route, Switch } from 'wouter';
import { SearchPage } from './pages/search-page.tsx';

export function App() {
  return (
    <Switch>
      <Route>
        <SearchPage />
      </Route>
    </Switch>
  );
}
