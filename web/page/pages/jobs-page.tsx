/**
 * Work that goes on in the background.
 * Source: our own. Deviation: none.
 */
import { PageFrame } from '../shell/page-frame.tsx';

export function JobsPage() {
  return <PageFrame title="Jobs" lead="Work that goes on in the background." />;
}
