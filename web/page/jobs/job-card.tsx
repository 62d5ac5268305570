/**
 * One job: what it does, how far it is, what came of it, and what can be done with it.
 * Source: our own. Deviation: none.
 */
import { useMutation } from '@tanstack/react-query';
import type { JobAction, JobDocument } from '../../schema/index.ts';
import { changeJob, startJob } from '../api/jobs.ts';
import { useMayChange } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { formatTime } from '../parts/format.ts';
import type { IconName } from '../parts/icon.tsx';
import { toastProblem } from '../shell/toasts.tsx';
import { findingsOf, resultWords } from './job-result.ts';
import { JobSkips } from './job-skips.tsx';
import { actionsOf, againOf, phaseWords, progressWords, shareOf, stateWords } from './job-words.ts';
import { SkipList } from '../parts/skip-list.tsx';

const actionNames: Readonly<Record<JobAction, string>> = {
  pause: 'Pause',
  resume: 'Go on',
  cancel: 'Cancel',
  retry: 'Try again',
};
const actionIcons: Readonly<Record<JobAction, IconName>> = {
  pause: 'pause',
  resume: 'play',
  cancel: 'close',
  retry: 'refresh',
};

const tagLooks: Readonly<Record<JobDocument['state'], string>> = {
  waiting: 'plain',
  running: '',
  paused: 'warn',
  done: '',
  failed: 'bad',
  cancelled: 'plain',
};

/** @param props.onChanged told of the job as it is after something was pressed */
export function JobCard({
  job,
  onChanged,
}: {
  readonly job: JobDocument;
  readonly onChanged: (job: JobDocument) => void;
}) {
  const titleId = `job-${job.id}`;
  const findings = findingsOf(job);
  const words = resultWords(job);
  return (
    <li className="card job" aria-labelledby={titleId}>
      <div className="job-head">
        <h3 id={titleId}>{job.title}</h3>
        <span className={`tag ${tagLooks[job.state]}`}>{stateWords(job)}</span>
        <JobActions job={job} onChanged={onChanged} />
      </div>
      <JobProgress job={job} titleId={titleId} />
      {words.length > 0 && <p className="job-result">{words.join(' · ')}</p>}
      {job.error !== null && <p className="job-error">{job.error.message}</p>}
      {findings.length > 0 && <SkipList label="What was found" skips={findings} />}
      {job.skipped > 0 && <JobSkips job={job} />}
      <p className="job-when">{whenWords(job)}</p>
    </li>
  );
}

function JobProgress({ job, titleId }: { readonly job: JobDocument; readonly titleId: string }) {
  const { progress, state } = job;
  if (state !== 'running' && state !== 'paused') return null;
  const share = progress === null ? null : shareOf(progress);
  return (
    <div className={state === 'paused' ? 'job-progress still' : 'job-progress'}>
      {/* Without a value it moves to and fro. */}
      {share === null ? (
        <progress aria-labelledby={titleId} />
      ) : (
        <progress aria-labelledby={titleId} value={share} max={1} />
      )}
      <p>
        {progress === null ? (
          'Beginning'
        ) : (
          <>
            <strong>{phaseWords(progress.phase)}</strong>
            <span>{state === 'paused' ? countWords(progress) : progressWords(progress)}</span>
          </>
        )}
      </p>
    </div>
  );
}

/** What stands still has no speed and no end. */
function countWords(progress: NonNullable<JobDocument['progress']>): string {
  return progressWords({ ...progress, itemsPerSecond: 0, etaSeconds: null });
}

function JobActions({
  job,
  onChanged,
}: {
  readonly job: JobDocument;
  readonly onChanged: (job: JobDocument) => void;
}) {
  const mayChange = useMayChange();
  const change = useMutation({
    mutationFn: (action: JobAction) => changeJob(job.id, action),
    onSuccess: (changed) => onChanged(changed),
    onError: toastProblem,
  });
  const start = useMutation({
    mutationFn: startJob,
    onSuccess: (started) => onChanged(started),
    onError: toastProblem,
  });
  const again = againOf(job);
  if (!mayChange) return null;
  return (
    <div className="job-actions">
      {again !== null && (
        <Button
          icon="refresh"
          disabled={start.isPending}
          aria-label={`Look again: ${job.title}`}
          onClick={() => start.mutate(again)}
        >
          Look again
        </Button>
      )}
      {actionsOf(job).map((action) => (
        <Button
          key={action}
          icon={actionIcons[action]}
          disabled={change.isPending}
          aria-label={`${actionNames[action]}: ${job.title}`}
          onClick={() => change.mutate(action)}
        >
          {actionNames[action]}
        </Button>
      ))}
    </div>
  );
}

function whenWords({ createdAt, startedAt, finishedAt, notBefore, attempts, state }: JobDocument): string {
  const times: readonly (readonly [words: string, at: string | null])[] = [
    ['Ended', finishedAt],
    ['Begun', startedAt],
    ['Asked for', createdAt],
  ];
  const told = new Set<string>();
  const parts = times.flatMap(([words, at]) => {
    const time = at === null ? '' : formatTime(at);
    // Of what happened in one minute the last says it all.
    if (time === '' || told.has(time)) return [];
    told.add(time);
    return [`${told.size === 1 ? words : words.toLowerCase()} ${time}`];
  });
  if (state === 'waiting' && notBefore !== null) parts.unshift(`Next try ${formatTime(notBefore)}`);
  if (attempts > 1) parts.push(`${attempts} starts`);
  return parts.join(' · ');
}
