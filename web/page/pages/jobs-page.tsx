/**
 * Work that goes on in the background: started, watched, held, and looked back at.
 * Source: our own. Deviation: none.
 */
import { useLibrary } from '../api/library.ts';
import { useMayChange } from '../api/session.ts';
import type { JobDocument } from '../../schema/index.ts';
import { JobCard } from '../jobs/job-card.tsx';
import { isOpen } from '../jobs/merge-jobs.ts';
import { NewJob } from '../jobs/new-job.tsx';
import { useJobs } from '../jobs/use-jobs.ts';
import { EmptyState, ProblemState, Spinner } from '../parts/states.tsx';
import { PageFrame } from '../shell/page-frame.tsx';
import '../jobs/jobs.css';

export function JobsPage() {
  const { jobs, isWorked, isLive, error, isPending, refetch, tell } = useJobs();
  const { data: library } = useLibrary();
  const mayChange = useMayChange();
  const open = jobs.filter(isOpen);
  const ended = jobs.filter((job) => !isOpen(job));
  return (
    <PageFrame title="Jobs" lead="Work that goes on in the background, also when this page is closed.">
      <div className="jobs">
        <div className="job-lists">
          <Notes isLive={isLive} isIdle={isWorked === false && open.length > 0} />
          {error !== null && jobs.length === 0 && (
            <ProblemState error={error} onRetry={() => void refetch()} />
          )}
          {isPending && <Spinner label="The jobs are loading" />}
          <JobList title="Now" jobs={open} onChanged={(job) => tell([job])} />
          <JobList title="Ended" jobs={ended} onChanged={(job) => tell([job])} />
          {!isPending && error === null && jobs.length === 0 && (
            <EmptyState title="No jobs yet">
              <p>Jobs that were started here, or in a terminal, are listed as they go on.</p>
            </EmptyState>
          )}
        </div>
        {mayChange && (
          <NewJob hasFolders={(library?.roots.length ?? 0) > 0} onStarted={(job) => tell([job])} />
        )}
      </div>
    </PageFrame>
  );
}

function JobList({
  title,
  jobs,
  onChanged,
}: {
  readonly title: string;
  readonly jobs: readonly JobDocument[];
  readonly onChanged: (job: JobDocument) => void;
}) {
  if (jobs.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ol className="job-list">
        {jobs.map((job) => (
          <JobCard key={job.id} job={job} onChanged={onChanged} />
        ))}
      </ol>
    </section>
  );
}

function Notes({ isLive, isIdle }: { readonly isLive: boolean; readonly isIdle: boolean }) {
  return (
    <div className="job-notes" role="status">
      {!isLive && <p>The connection is lost; what is shown may be old. It is tried again by itself.</p>}
      {isIdle && (
        <p>
          Nobody does the jobs of this library now. <code>imglish jobs run</code> or{' '}
          <code>imglish serve</code> in a terminal does them.
        </p>
      )}
    </div>
  );
}
