/**
 * Stages of a pipeline: bounded, in order, pulled by the last one, so a slow stage holds back those before it.
 * Source: our own. Deviation: none.
 */

/** At most `limit` at once; the others wait in order. */
export class Limit {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      // The place goes to the next in line, so `#running` stays; nobody can slip in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

/**
 * Applies `work` to every item, up to `ahead` of them before the first result is taken; a function is asked anew
 * before each item.
 * When it ends early, by an error or because nobody wants more, it waits for the work under way.
 * @returns the results in the order of the items
 */
export async function* inParallel<In, Out>(
  items: AsyncIterable<In>,
  ahead: number | (() => number),
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const source = items[Symbol.asyncIterator]();
  const results: Promise<Out>[] = [];
  let hasEnded = false;
  let failure: { readonly error: unknown } | undefined;
  let coming: Promise<void> | undefined;
  const limit = typeof ahead === 'number' ? () => ahead : ahead;
  // Never rejects: an error of the source is thrown in its turn, after the results before it.
  const fetch = async (): Promise<void> => {
    try {
      const next = await source.next();
      if (next.done === true) {
        hasEnded = true;
        return;
      }
      const result = work(next.value);
      // It is looked at in its turn; until then a failure must not count as unhandled.
      result.catch(() => undefined);
      results.push(result);
    } catch (error) {
      hasEnded = true;
      failure = { error };
    } finally {
      coming = undefined;
    }
  };
  try {
    for (;;) {
      if (!hasEnded && results.length < Math.max(1, limit())) coming ??= fetch();
      const [first] = results;
      if (first === undefined) {
        if (coming === undefined) break;
        await coming;
        continue;
      }
      if (coming !== undefined && (await isEarlier(coming, first))) continue;
      void results.shift();
      yield await first;
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    await coming;
    await Promise.allSettled(results);
    await source.return?.();
  }
}

/** Groups items until `isFull` says so; the last group may be smaller. */
export async function* inGroups<T>(
  items: AsyncIterable<T>,
  isFull: (group: readonly T[]) => boolean,
): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (!isFull(group)) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Whether `a` settles before `b`; a rejection of `b` is left to whoever awaits it. */
async function isEarlier(a: Promise<unknown>, b: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    a.then(() => true),
    b.then(
      () => false,
      () => false,
    ),
  ]);
}
