/**
 * Jobs: what is asked of the server.
 * Source: web/schema/jobs. Deviation: none.
 */
import type {
  FoldersDocument,
  JobAction,
  JobDocument,
  JobListDocument,
  JobSkipsDocument,
  NewJobDocument,
} from '../../schema/index.ts';
import { getJson, postJson, type CallOptions } from './request.ts';

export function listJobs(limit: number, options: CallOptions): Promise<JobListDocument> {
  return getJson<JobListDocument>('/v1/jobs', { limit }, options);
}

/** @returns the new one, or the same job where it waits or runs already */
export function startJob(job: NewJobDocument): Promise<JobDocument> {
  return postJson<JobDocument>('/v1/jobs', job);
}

export function changeJob(id: string, action: JobAction): Promise<JobDocument> {
  return postJson<JobDocument>(`/v1/jobs/${encodeURIComponent(id)}/${action}`, {});
}

export function listJobSkips(
  id: string,
  page: { readonly offset: number; readonly limit: number },
  options: CallOptions,
): Promise<JobSkipsDocument> {
  return getJson<JobSkipsDocument>(`/v1/jobs/${encodeURIComponent(id)}/skips`, page, options);
}

/** @param path null: those that are allowed */
export function listFolders(path: string | null, options: CallOptions): Promise<FoldersDocument> {
  return getJson<FoldersDocument>('/v1/folders', { path: path ?? undefined }, options);
}
