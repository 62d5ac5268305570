/**
 * The thread of database-work.ts.
 * Source: our own. Deviation: none.
 */
import { parentPort, workerData, type Transferable } from 'node:worker_threads';
import { isAppError, messageOf } from '../../model/index.ts';
import { doDatabaseTask, type DatabaseReply, type DatabaseTask } from './database-work.ts';

function work(task: DatabaseTask): DatabaseReply {
  try {
    return { ok: true, problems: doDatabaseTask(task) };
  } catch (error) {
    return { ok: false, code: isAppError(error) ? error.code : null, message: messageOf(error) };
  }
}

/** A thread has no window, so no origin either. */
const nothingMoved: readonly Transferable[] = [];
parentPort?.postMessage(work(workerData as DatabaseTask), nothingMoved);
