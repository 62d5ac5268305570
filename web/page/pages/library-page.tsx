/**
 * What is indexed, what it takes, and what was left out.
 * Source: our own. Deviation: none.
 */
import type { ReactNode } from 'react';
import type { LibraryDocument } from '../../schema/index.ts';
import { useLibrary } from '../api/library.ts';
import { useMayChange } from '../api/session.ts';
import { Disk } from '../library/disk.tsx';
import { Folders } from '../library/folders.tsx';
import { Formats } from '../library/formats.tsx';
import { Generations } from '../library/generations.tsx';
import { IndexingNow } from '../library/indexing-now.tsx';
import { SkippedFiles } from '../library/skipped-files.tsx';
import { ButtonLink } from '../parts/button.tsx';
import { formatBytes, formatNumber } from '../parts/format.ts';
import { EmptyState, ProblemState, Spinner } from '../parts/states.tsx';
import { PageFrame } from '../shell/page-frame.tsx';
import '../library/library.css';

export function LibraryPage() {
  const { data: library, error, refetch } = useLibrary();
  return (
    <PageFrame
      title="Library"
      lead={library?.isDemo === true ? demoLead : 'What is indexed, and what it takes.'}
    >
      {library !== undefined && <Whole library={library} />}
      {library === undefined && error !== null && (
        <ProblemState error={error} onRetry={() => void refetch()} />
      )}
      {library === undefined && error === null && <Spinner label="The library is being asked" />}
    </PageFrame>
  );
}

const demoLead = 'This is the painted demo album, and what was added to it.';

function Whole({ library }: { readonly library: LibraryDocument }) {
  const mayChange = useMayChange();
  const isEmpty = library.images === 0 && library.roots.length === 0;
  return (
    <div className="library">
      <IndexingNow indexing={library.indexing} />
      {isEmpty ? (
        <EmptyState
          title="No photos yet"
          actions={
            mayChange && (
              <ButtonLink look="main" icon="plus" href="/jobs">
                Add a folder
              </ButtonLink>
            )
          }
        >
          <p>Name a folder of photos, and Imglish reads them. They stay where they are.</p>
        </EmptyState>
      ) : (
        <>
          <Numbers library={library} />
          <Folders library={library} />
          <Formats formats={library.formats} />
          <Disk disk={library.disk} />
          <Generations library={library} />
        </>
      )}
      {library.skipped > 0 && <SkippedFiles count={library.skipped} />}
    </div>
  );
}

function Numbers({ library }: { readonly library: LibraryDocument }) {
  const { images, texts, skipped, disk } = library;
  const taken = disk.databaseBytes + disk.indexBytes + (disk.thumbnailBytes ?? 0);
  return (
    <dl className="numbers">
      <Fact name="Photos">{formatNumber(images)}</Fact>
      <Fact name="Texts">{formatNumber(texts)}</Fact>
      <Fact name="Left out">{formatNumber(skipped)}</Fact>
      <Fact name="On disk">{formatBytes(taken)}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
