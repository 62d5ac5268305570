/**
 * The indexed folders; one that is not there now is marked.
 * Source: our own. Deviation: none.
 */
import { useMutation } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import type { LibraryDocument } from '../../schema/index.ts';
import { startJob } from '../api/jobs.ts';
import { useMayChange } from '../api/session.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { formatCount } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { toastProblem } from '../shell/toasts.tsx';

export function Folders({ library }: { readonly library: LibraryDocument }) {
  const { roots } = library;
  const missing = roots.filter(({ isMissing }) => isMissing).length;
  return (
    <section aria-labelledby="folders-title">
      <div className="section-head">
        <h2 id="folders-title">Folders</h2>
        <ButtonLink icon="copies" href="/duplicates">
          Duplicates
        </ButtonLink>
        <LookForChanges />
      </div>
      <ul className="rows">
        {roots.map(({ name, path, images, isMissing }) => (
          <li key={path ?? name} className={isMissing ? 'missing' : undefined}>
            <Icon name="folder" />
            <span className="row-name">
              <strong>{name}</strong>
              {path !== undefined && <span>{path}</span>}
            </span>
            {isMissing && <span className="tag warn">not there now</span>}
            <span className="row-count">{formatCount(images, 'photo')}</span>
          </li>
        ))}
      </ul>
      {missing > 0 && (
        <p className="hint">
          A folder that is not there, such as a drive that was taken away, keeps its photos in the library.
          They are found, and can be opened again when it is back.
        </p>
      )}
    </section>
  );
}

function LookForChanges() {
  const mayChange = useMayChange();
  const [, navigate] = useLocation();
  const start = useMutation({
    mutationFn: () => startJob({ kind: 'index' }),
    onSuccess: () => navigate('/jobs'),
    onError: toastProblem,
  });
  if (!mayChange) return null;
  return (
    <Button icon="refresh" disabled={start.isPending} onClick={() => start.mutate()}>
      Look for changes
    </Button>
  );
}
