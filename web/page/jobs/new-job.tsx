/**
 * Starts a job: what is to be done, and with which folders or words.
 * Source: our own. Deviation: none.
 */
import { useMutation } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import type { JobDocument, NewJobDocument } from '../../schema/index.ts';
import { startJob } from '../api/jobs.ts';
import { asProblem } from '../api/problem.ts';
import { Button } from '../parts/button.tsx';
import { labelsOf } from '../lookup/lookup-wish.ts';
import { FolderChoice } from './folder-choice.tsx';
import { startableKinds, type StartableKind } from './job-words.ts';

export function NewJob({
  hasFolders,
  onStarted,
}: {
  /** Whether some were indexed before, which then need no naming. */
  readonly hasFolders: boolean;
  readonly onStarted: (job: JobDocument) => void;
}) {
  const [kind, setKind] = useState<StartableKind>('index');
  const [folders, setFolders] = useState<readonly string[]>([]);
  const [labels, setLabels] = useState('');
  const [started, setStarted] = useState(0);
  const titleId = useId();
  const start = useMutation({
    mutationFn: startJob,
    onSuccess: (job) => {
      setFolders([]);
      setStarted(started + 1);
      onStarted(job);
    },
  });
  const needsFolder = kind === 'index' && folders.length === 0 && !hasFolders;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (!needsFolder) start.mutate(newJobOf(kind, folders, labels));
  };
  return (
    <section className="card new-job" aria-labelledby={titleId}>
      <h2 id={titleId}>Start a job</h2>
      <form onSubmit={send}>
        <fieldset className="kinds">
          <legend className="visually-hidden">What is to be done</legend>
          {startableKinds.map(({ kind: one, name, about }) => (
            <div key={one}>
              <label>
                <input type="radio" name="kind" checked={kind === one} onChange={() => setKind(one)} />
                <span>
                  <strong>{name}</strong>
                  <span>{about}</span>
                </span>
              </label>
              {kind === one && kind === 'index' && (
                <FolderChoice key={started} folders={folders} hasFolders={hasFolders} onChange={setFolders} />
              )}
              {kind === one && kind === 'tag' && <OwnTags labels={labels} onChange={setLabels} />}
            </div>
          ))}
        </fieldset>
        {start.error !== null && (
          <p className="job-error" role="alert">
            {asProblem(start.error).message}
          </p>
        )}
        <Button look="main" type="submit" icon="play" disabled={start.isPending || needsFolder}>
          Start
        </Button>
      </form>
    </section>
  );
}

function OwnTags({
  labels,
  onChange,
}: {
  readonly labels: string;
  readonly onChange: (labels: string) => void;
}) {
  const id = useId();
  return (
    <div className="form-row">
      <label htmlFor={id}>Your own tags, with commas or one a line</label>
      <textarea
        id={id}
        className="field"
        rows={3}
        value={labels}
        placeholder="beach, our dog, birthday cake"
        onChange={(event) => onChange(event.target.value)}
      />
      <p className="hint">Left empty, 379 everyday tags are tried.</p>
    </div>
  );
}

function newJobOf(kind: StartableKind, folders: readonly string[], labels: string): NewJobDocument {
  if (kind === 'index') return { kind, folders: [...folders] };
  if (kind !== 'tag') return { kind };
  const own = labelsOf(labels);
  return own.length === 0 ? { kind } : { kind, labels: [...own] };
}
