/**
 * Words and photos find photos.
 * Source: our own. Deviation: none.
 */
import type { SearchDocument } from '../../schema/index.ts';

export function SearchPage({ answer }: { readonly answer?: SearchDocument }) {
  return <main>{answer?.hits.length ?? 0} photos</main>;
}
