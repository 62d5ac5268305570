/**
 * Photos find words.
 * Source: our own. Deviation: none.
 */
import { PageFrame } from '../shell/page-frame.tsx';

export function LookupPage() {
  return <PageFrame title="Lookup" lead="Photos find words." />;
}
