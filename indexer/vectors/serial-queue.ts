/**
 * One thing after the other.
 * Source: our own. Deviation: none.
 */

export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything before it is done, whether that went well or not. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
