/**
 * Copies of the same bytes, and photos that look alike.
 * Source: our own. Deviation: none.
 */
import { PageFrame } from '../shell/page-frame.tsx';

export function DuplicatesPage() {
  return <PageFrame title="Duplicates" lead="Copies of the same bytes, and photos that look alike." />;
}
