/**
 * The newest of a row of things, for a reader that may be slower than the writer.
 * Source: our own. Deviation: none.
 */

export class Latest<T> {
  #item: T | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  /** In place of one that was not taken yet. */
  put(item: T): void {
    this.#item = item;
    this.#wake?.();
  }

  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** Waits for one. @returns undefined at the end; what was put just before it is not given any more */
  async take(): Promise<T | undefined> {
    if (this.#item === undefined && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const item = this.#isOver ? undefined : this.#item;
    this.#item = undefined;
    return item;
  }
}
