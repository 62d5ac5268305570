/**
 * The thread of database-work.ts.
 * Source: our own. Deviation: none.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { isAppError, messageOf } from '../../model/index.ts';
import { databaseProblems, vacuumDatabase } from '../store/index.ts';
import type { DatabaseReply, DatabaseTask } from './database-work.ts';

function work(task: DatabaseTask): DatabaseReply {
  try {
    switch (task.kind) {
      case 'check':
        return { ok: true, problems: databaseProblems(task.file, task.isFull) };
      case 'vacuum':
        vacuumDatabase(task.file, { rewrite: task.rewrite });
        return { ok: true, problems: [] };
    }
  } catch (error) {
    return { ok: false, code: isAppError(error) ? error.code : null, message: messageOf(error) };
  }
}

parentPort?.postMessage(work(workerData as DatabaseTask));
