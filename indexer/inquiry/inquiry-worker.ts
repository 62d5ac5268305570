/**
 * The thread of inquirer.ts: a connection of its own, one question after the other.
 * Source: our own. Deviation: none.
 */
import { parentPort, workerData, type Transferable } from 'node:worker_threads';
import { isAppError, messageOf } from '../../model/index.ts';
import { Store } from '../store/index.ts';
import type { InquiryMessage, InquiryReply } from './inquirer.ts';
import { answerInquiry } from './inquiry.ts';

let store: Store | undefined;

/** Opened with the first question, so that what is wrong with the file is an answer, too. */
function reply({ kind, asked }: InquiryMessage): InquiryReply {
  try {
    store ??= Store.open(workerData as string, 'read');
    return { ok: true, answer: answerInquiry(store, kind, asked) };
  } catch (error) {
    return { ok: false, code: isAppError(error) ? error.code : null, message: messageOf(error) };
  }
}

/** A thread has no window, so no origin either. */
const nothingMoved: readonly Transferable[] = [];
parentPort?.on('message', (message: InquiryMessage) => parentPort?.postMessage(reply(message), nothingMoved));
