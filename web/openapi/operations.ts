/**
 * Every route there is, as the document shows them. A test holds this list and the routes together.
 * Source: our own. Deviation: none.
 */
import { closerOperations } from './closer-operations.ts';
import { jobOperations } from './job-operations.ts';
import { modelOperations } from './model-operations.ts';
import type { Operation } from './operation.ts';
import { photoOperations } from './photo-operations.ts';
import { searchOperations } from './search-operations.ts';
import { serviceOperations } from './service-operations.ts';
import { textOperations } from './text-operations.ts';

export const operations: readonly Operation[] = [
  ...searchOperations,
  ...photoOperations,
  ...closerOperations,
  ...textOperations,
  ...jobOperations,
  ...modelOperations,
  ...serviceOperations,
];
