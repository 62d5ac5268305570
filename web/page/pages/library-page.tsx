/**
 * What is indexed, and what it takes.
 * Source: our own. Deviation: none.
 */
import { PageFrame } from '../shell/page-frame.tsx';

export function LibraryPage() {
  return <PageFrame title="Library" lead="What is indexed, and what it takes." />;
}
