/**
 * How far indexing is, as it goes on.
 * Source: our own. Deviation: none.
 */
import type { LibraryDocument } from '../../schema/index.ts';
import { ButtonLink } from '../parts/button.tsx';
import { formatCount, formatDuration, formatNumber, formatRate } from '../parts/format.ts';

type Indexing = LibraryDocument['indexing'];

export function IndexingNow({ indexing }: { readonly indexing: Indexing }) {
  const { state, progress, message } = indexing;
  if (state === 'idle') return null;
  if (state === 'failed') {
    return (
      <section className="card indexing failed" role="alert">
        <h2>Indexing stopped</h2>
        <p>{message}</p>
        <ButtonLink href="/jobs">To the jobs</ButtonLink>
      </section>
    );
  }
  const isReading = progress?.phase === 'embedding';
  return (
    <section className="card indexing" aria-label="Indexing">
      <div>
        <h2>{message ?? (isReading ? 'Your photos are being read' : 'Looking for photos')}</h2>
        <ButtonLink href="/jobs">To the jobs</ButtonLink>
      </div>
      {/* Without a value it moves to and fro. */}
      {isReading ? (
        <progress
          aria-label="Photos that were read"
          max={Math.max(1, progress.found)}
          value={progress.done}
        />
      ) : (
        <progress aria-label="Photos that were found" />
      )}
      <p>{progress === null ? '' : wordsOf(progress)}</p>
    </section>
  );
}

function wordsOf(progress: NonNullable<Indexing['progress']>): string {
  const { phase, found, done, skipped, photosPerSecond, etaSeconds } = progress;
  return [
    phase === 'scanning'
      ? `${formatCount(found, 'photo')} so far`
      : `${formatNumber(done)} of ${formatCount(found, 'photo')}`,
    photosPerSecond > 0 ? `${formatRate(photosPerSecond)} a second` : '',
    etaSeconds === null ? '' : `${formatDuration(etaSeconds)} left`,
    skipped === 0 ? '' : `${formatNumber(skipped)} left out`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
