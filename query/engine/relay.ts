/**
 * From one loop to another, one thing at a time: the giving loop goes on when the taking one asks for more.
 * Source: our own. Deviation: none.
 */

export class Relay<T> {
  #item: T | undefined;
  #end: { readonly error?: unknown } | undefined;
  #onItem: (() => void) | undefined;
  #onTaken: ((goOn: boolean) => void) | undefined;

  /** @returns whether the other side wants more */
  give(item: T): Promise<boolean> {
    if (this.#end !== undefined) return Promise.resolve(false);
    this.#item = item;
    this.#onItem?.();
    return new Promise((resolve) => {
      this.#onTaken = resolve;
    });
  }

  /** @returns undefined at the end */
  async take(): Promise<T | undefined> {
    this.#onTaken?.(true);
    this.#onTaken = undefined;
    if (this.#item === undefined && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#onItem = resolve;
      });
    }
    const item = this.#item;
    this.#item = undefined;
    if (item === undefined && this.#end !== undefined && 'error' in this.#end) throw this.#end.error;
    return item;
  }

  end(...errors: unknown[]): void {
    this.#end ??= errors.length > 0 ? { error: errors[0] } : {};
    this.#onItem?.();
  }

  leave(): void {
    this.#end ??= {};
    this.#onTaken?.(false);
  }
}
