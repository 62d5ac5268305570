/**
 * What stands above the newest photos before one has asked for anything, and where there are no photos at all.
 * Source: our own. Deviation: none.
 */
import type { LibraryDocument } from '../../schema/index.ts';
import { ButtonLink } from '../parts/button.tsx';
import { formatCount, formatDuration } from '../parts/format.ts';
import { EmptyState } from '../parts/states.tsx';
import { classNames } from '../parts/class-names.ts';
import { formatState, startState } from './search-state.ts';
import { Link } from 'wouter';

/** Things that the painted album has. */
const demoExamples = [
  'a red balloon over the sea',
  'a fish under water',
  'a rocket at night',
  'bison in the snow',
  'sea -boat',
];
const examples = ['children at the beach', 'a dog catching a frisbee', 'snow at night', 'food on a table'];

export function Examples({ isDemo }: { readonly isDemo: boolean }) {
  return (
    <ul className="examples" aria-label="Examples">
      {(isDemo ? demoExamples : examples).map((words) => (
        <li key={words}>
          <Link className="chip" href={`/${formatState({ ...startState, words })}`}>
            {words}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** No photos: because none were given yet, because they are being read, or because reading them failed. */
export function FirstRun({ library }: { readonly library: LibraryDocument }) {
  const { indexing, roots } = library;
  if (indexing.state === 'indexing') {
    return (
      <EmptyState title="Your photos are being read">
        <p>Each is looked at once. Search as soon as the first are here, in some seconds.</p>
        <IndexingNote library={library} isLarge />
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={indexing.state === 'failed' ? 'No photos could be read' : 'No photos yet'}
      art={<FirstRunArt />}
      actions={
        <>
          <ButtonLink look="main" icon="folder" href="/jobs">
            Choose a folder
          </ButtonLink>
          <ButtonLink icon="library" href="/library">
            What is in the library
          </ButtonLink>
        </>
      }
    >
      {indexing.message !== null && <p role="alert">{indexing.message}</p>}
      <p>
        Imglish finds photos by what they show. It reads them where they are, on this machine; nothing is
        copied, and nothing leaves it.
      </p>
      <p>
        {roots.length === 0 ? (
          <>
            Choose a folder, or look around in a painted album first: stop Imglish and start it with{' '}
            <code>npm start</code> alone.
          </>
        ) : (
          'The folders that were indexed hold no photo that can be read; the jobs say why.'
        )}
      </p>
    </EmptyState>
  );
}

/** How far reading is; nothing where none goes on. */
export function IndexingNote({
  library,
  isLarge = false,
}: {
  readonly library: LibraryDocument;
  readonly isLarge?: boolean;
}) {
  const { progress, state } = library.indexing;
  if (state !== 'indexing') return null;
  const { done = 0, found = 0, etaSeconds = null, skipped = 0 } = progress ?? {};
  const isCounting = progress === null || progress.phase === 'scanning' || found === 0;
  const text = isCounting
    ? `Looking for photos: ${formatCount(found, 'photo')} so far`
    : `Reading ${done.toLocaleString('en')} of ${formatCount(found, 'photo')}`;
  return (
    <div className={classNames('indexing', isLarge && 'large')}>
      <p role="status">
        {text}
        {etaSeconds !== null && !isCounting && `, ${formatDuration(etaSeconds)} left`}
        {skipped > 0 && `, ${formatCount(skipped, 'file')} skipped`}
      </p>
      <progress aria-label="Photos that are read" max={1} value={isCounting ? undefined : done / found} />
    </div>
  );
}

function FirstRunArt() {
  return (
    <svg viewBox="0 0 240 150">
      <rect x="18" y="26" width="130" height="94" rx="4" transform="rotate(-7 83 73)" />
      <rect x="92" y="22" width="130" height="94" rx="4" transform="rotate(6 157 69)" className="art-front" />
      <circle cx="188" cy="52" r="10" className="art-sun" />
      <path d="m103 104 30-40a6 6 0 0 1 9 0l20 28 11-12a6 6 0 0 1 9 1l24 34z" className="art-hills" />
    </svg>
  );
}
