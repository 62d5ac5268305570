/**
 * Walks through the folders that may be indexed.
 * Source: our own. Deviation: the browser's own dialog would upload the photos; here they stay where they are.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { listFolders } from '../api/jobs.ts';
import { Button } from '../parts/button.tsx';
import { formatCount } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { ProblemState, Spinner } from '../parts/states.tsx';

export function FolderPicker({
  chosen,
  onChoose,
}: {
  readonly chosen: readonly string[];
  readonly onChoose: (path: string) => void;
}) {
  const [path, setPath] = useState<string | null>(null);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['folders', path],
    queryFn: ({ signal }) => listFolders(path, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <section className="picker" aria-label="Folders of this machine">
      {isPending && <Spinner label="The folders are loading" />}
      {error !== null && (
        <>
          <ProblemState error={error} onRetry={() => void refetch()} />
          {path !== null && <Button onClick={() => setPath(null)}>Back to the start</Button>}
        </>
      )}
      {data !== undefined && error === null && (
        <>
          <div className="picker-head">
            {data.path !== null && (
              <Button label="Folder above" icon="up" onClick={() => setPath(data.parent)} />
            )}
            <p aria-live="polite">
              <strong>{data.path === null ? 'Where photos may lie' : nameOf(data.path)}</strong>
              {data.path !== null && <span>{data.path}</span>}
              {data.photos !== null && <span>{formatCount(data.photos, 'photo')} right here</span>}
            </p>
            {data.path !== null && (
              <Choose path={data.path} name="this folder" chosen={chosen} onChoose={onChoose} />
            )}
          </div>
          {data.folders.length === 0 && <p className="hint">No folders are in here.</p>}
          <ul>
            {data.folders.map((folder) => (
              <li key={folder.path}>
                <button type="button" className="picker-folder" onClick={() => setPath(folder.path)}>
                  <Icon name="folder" />
                  <span>{folder.name}</span>
                </button>
                <Choose path={folder.path} name={folder.name} chosen={chosen} onChoose={onChoose} />
              </li>
            ))}
          </ul>
          {!data.isComplete && (
            <p className="hint">There are more; paste the path of one that is not listed.</p>
          )}
        </>
      )}
    </section>
  );
}

function nameOf(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
}

function Choose({
  path,
  name,
  chosen,
  onChoose,
}: {
  readonly path: string;
  readonly name: string;
  readonly chosen: readonly string[];
  readonly onChoose: (path: string) => void;
}) {
  const isChosen = chosen.includes(path);
  return (
    <Button
      icon={isChosen ? 'check' : 'plus'}
      disabled={isChosen}
      aria-label={isChosen ? `${name} is chosen` : `Choose ${name}`}
      onClick={() => onChoose(path)}
    >
      {isChosen ? 'Chosen' : 'Choose'}
    </Button>
  );
}
