/**
 * The queue of jobs as a page without a line of script: what bull-board shows of a queue on Redis, for every queue.
 * Source: our own. Deviation: none.
 */
import type { JobQueue, JobRecord, JobSkip, JobState } from '../../indexer/index.ts';
import { html, type Html } from './html.ts';

/** What can be done with a job in this state. */
export const jobActions = ['pause', 'resume', 'cancel', 'retry'] as const;
export type JobAction = (typeof jobActions)[number];

const actionsOf: Readonly<Record<JobState, readonly JobAction[]>> = {
  waiting: ['pause', 'cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  failed: ['retry'],
  cancelled: ['retry'],
  done: [],
};

const REFRESH_SECONDS = 5;

/** @param base where the page is mounted */
export function jobsPage(
  jobs: readonly JobRecord[],
  { base, isWorked }: { readonly base: string; readonly isWorked: boolean },
): string {
  const counts = new Map<JobState, number>();
  for (const { state } of jobs) counts.set(state, (counts.get(state) ?? 0) + 1);
  const summary = [...counts].map(([state, count]) => html`<li class="${state}">${count} ${state}</li>`);
  return page(
    'Jobs',
    base,
    html` <meta http-equiv="refresh" content="${REFRESH_SECONDS}" />
      <h1>Jobs</h1>
      <p>
        ${isWorked ? 'A process works on this queue.' : 'Nobody works on this queue: start "imglish serve" or "imglish jobs run".'}
      </p>
      <ul class="counts">
        ${summary}
      </ul>
      <table>
        <thead>
          <tr>
            <th>Job</th>
            <th>State</th>
            <th>Progress</th>
            <th>Skipped</th>
            <th>Attempts</th>
            <th>Asked for</th>
            <th>Ended</th>
            <th>Error</th>
            <th></th>
          </tr>
        </thead>
        <tbody>
          ${jobs.map((job) => row(job, base))}
        </tbody>
      </table>
      ${jobs.length === 0 ? html`<p>There are none.</p>` : null}`,
  );
}

export function jobPage(
  job: JobRecord,
  skips: readonly JobSkip[],
  { base }: { readonly base: string },
): string {
  const facts: readonly (readonly [string, string | number | null])[] = [
    ['State', job.state],
    ['Progress', progressText(job)],
    ['Attempts', job.attempts],
    ['Asked for', job.createdAt],
    ['Started', job.startedAt],
    ['Ended', job.finishedAt],
    ['Tried again', job.notBefore],
    ['Error', job.error === null ? null : `${job.error.code}: ${job.error.message}`],
  ];
  return page(
    `Job ${job.id}`,
    base,
    html` <p><a href="${base}">All jobs</a></p>
      <h1>${job.kind} ${job.id}</h1>
      ${buttons(job, base)}
      <dl>
        ${facts.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value ?? '–'}</dd>`,
        )}
      </dl>
      <h2>Parameters</h2>
      <pre>${JSON.stringify(job.parameters, null, 2)}</pre>
      <h2>Result</h2>
      <pre>${JSON.stringify(job.result, null, 2)}</pre>
      <h2>Left out: ${job.skipped}</h2>
      <ul>
        ${skips.map(({ place, code, message }) => html`<li><b>${place}</b> ${code}: ${message}</li>`)}
      </ul>`,
  );
}

function row(job: JobRecord, base: string): Html {
  return html`<tr>
    <td><a href="${base}/${job.id}">${job.kind} ${job.id}</a></td>
    <td class="${job.state}">${job.state}</td>
    <td>${progressText(job)}</td>
    <td>${job.skipped}</td>
    <td>${job.attempts}</td>
    <td>${job.createdAt}</td>
    <td>${job.finishedAt}</td>
    <td>${job.error === null ? null : `${job.error.code}: ${job.error.message}`}</td>
    <td>${buttons(job, base)}</td>
  </tr>`;
}

function buttons({ id, state }: JobRecord, base: string): Html {
  const forms = actionsOf[state].map(
    (action) => html`<form method="post" action="${base}/${id}/${action}"><button>${action}</button></form>`,
  );
  return html`<div class="buttons">${forms}</div>`;
}

function progressText({ progress }: JobRecord): string {
  if (progress === null) return '';
  const { phase, done, total, itemsPerSecond, etaSeconds } = progress;
  const left = etaSeconds === null ? '' : `, ${Math.round(etaSeconds)} s left`;
  return `${phase} ${done}${total === null ? '' : ` of ${total}`}, ${itemsPerSecond.toFixed(1)}/s${left}`;
}

function page(title: string, base: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – Imglish</title>
        <link rel="stylesheet" href="${base}/style.css" />
      </head>
      <body>
        ${content}
      </body>
    </html>`.text;
}

export type JobsPageQueue = Pick<JobQueue, 'list' | 'get' | 'skips' | 'isWorked' | JobAction>;

export const jobsPageStyle = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 0.4rem 0.6rem; text-align: left; vertical-align: top; }
ul.counts { display: flex; gap: 1rem; list-style: none; padding: 0; }
.failed { color: light-dark(#b00020, #ff8a80); }
.running { color: light-dark(#00629b, #7fc8ff); }
.buttons { display: flex; gap: 0.4rem; }
pre { background: color-mix(in srgb, currentColor 8%, transparent); overflow: auto; padding: 0.8rem; }
dt { font-weight: 600; }
`;
