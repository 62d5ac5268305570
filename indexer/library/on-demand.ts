/**
 * Something that is opened when it is first used, shared by all who use it meanwhile, and closed when nobody has for
 * some time.
 * Source: our own. Deviation: none.
 */

export interface Closable {
  close(): Promise<void>;
}

export class OnDemand<T extends Closable> {
  readonly #open: () => Promise<T>;
  readonly #idleMs: number;
  #opening: Promise<T> | undefined;
  #users = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The next is opened only after the one before has closed: both would write the same files. */
  #closing: Promise<void> = Promise.resolve();

  constructor(open: () => Promise<T>, options: { readonly idleMs: number }) {
    this.#open = open;
    this.#idleMs = options.idleMs;
  }

  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  /** Runs `work`; what it is given stays open until it ends. A failure to open is tried again by the next. */
  async use<R>(work: (opened: T) => Promise<R>): Promise<R> {
    clearTimeout(this.#timer);
    this.#users += 1;
    try {
      return await work(await this.#opened());
    } finally {
      this.#users -= 1;
      if (this.#users === 0) this.#closeLater();
    }
  }

  /** For whoever knows that nobody uses it any more. May be used again afterwards. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening !== undefined) {
      // Noted at once: who opens it anew meanwhile must wait for this.
      const opened = opening.catch(() => undefined);
      this.#closing = this.#closing.catch(() => undefined).then(async () => (await opened)?.close());
    }
    await this.#closing;
  }

  #opened(): Promise<T> {
    this.#opening ??= this.#closing
      .catch(() => undefined)
      .then(() => this.#open())
      .catch((error: unknown) => {
        this.#opening = undefined;
        throw error;
      });
    return this.#opening;
  }

  #closeLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // What it lost is told to whoever opens it again.
      if (this.#users === 0) this.close().catch(() => undefined);
    }, this.#idleMs);
    this.#timer.unref();
  }
}
