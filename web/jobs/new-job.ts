/**
 * From what somebody asks for over HTTP to the parameters of a job: the rest comes from the settings of the server.
 * Source: our own. Deviation: none.
 */
import type { z } from 'zod';
import {
  checkJobParameters,
  duplicatesParameters,
  embedParameters,
  indexParameters,
  modelParameter,
  type JobParameters,
  type JobSettings,
} from '../../indexer/index.ts';
import type { newJobSchema } from '../schema/index.ts';

export type NewJob = z.output<typeof newJobSchema>;

/** Of labels that come without a name for their list. */
const OWN_LIST = 'own';

/** @param folders of `wanted`, checked @throws AppError FILE_NOT_FOUND */
export function newJobParameters(
  wanted: NewJob,
  settings: JobSettings,
  folders: readonly string[],
): JobParameters {
  return checkJobParameters(wanted.kind, parametersOf(wanted, settings, folders));
}

function parametersOf(wanted: NewJob, settings: JobSettings, folders: readonly string[]): JobParameters {
  switch (wanted.kind) {
    case 'index':
      return indexParameters(settings, folders, { prune: wanted.prune });
    case 'embed-missing':
      return embedParameters(settings);
    case 'find-duplicates':
      return duplicatesParameters(settings);
    case 'tag':
      return tagParameters(wanted, settings);
    case 'verify':
      return { full: wanted.full };
    case 'compact':
      break;
  }
  return {};
}

function tagParameters(
  { list, labels }: Extract<NewJob, { kind: 'tag' }>,
  { model }: JobSettings,
): JobParameters {
  const name = list ?? (labels === undefined ? 'everyday' : OWN_LIST);
  return { model: modelParameter(model), list: name, ...(labels !== undefined && { labels }) };
}
