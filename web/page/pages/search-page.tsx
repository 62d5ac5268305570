/**
 * Words and photos find photos.
 * Source: our own. Deviation: none.
 */
import { useLibrary } from '../api/library.ts';
import { formatCount } from '../parts/format.ts';
import { usePageTitle } from '../shell/page-frame.tsx';

export function SearchPage() {
  usePageTitle('');
  const { data: library } = useLibrary();
  return (
    <main id="content" tabIndex={-1}>
      {library !== undefined && <p>{formatCount(library.images, 'photo')}</p>}
    </main>
  );
}
