/**
 * What is opened on first use: once for all, closed when idle, opened again.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { OnDemand } from '../../indexer/library/on-demand.ts';

/** A log of what happened; opening and closing take a moment. */
function door(idleMs: number) {
  const log: string[] = [];
  let number = 0;
  const onDemand = new OnDemand(
    async () => {
      number += 1;
      const own = number;
      await delay(5);
      log.push(`open ${own}`);
      return {
        own,
        close: async () => {
          await delay(5);
          log.push(`close ${own}`);
        },
      };
    },
    { idleMs },
  );
  return { log, onDemand };
}

describe('something on demand', () => {
  it('is opened once for all who use it at a time, and not before', async () => {
    const { log, onDemand } = door(1000);
    assert.ok(!onDemand.isOpen);
    const used = await Promise.all([1, 2, 3].map(() => onDemand.use(async ({ own }) => own)));
    assert.deepEqual(used, [1, 1, 1]);
    await onDemand.close();
    assert.deepEqual(log, ['open 1', 'close 1']);
  });

  it('is closed when nobody has used it for a while, never while somebody does, and opened again', async () => {
    const { log, onDemand } = door(20);
    await onDemand.use(() => delay(80));
    assert.deepEqual(log, ['open 1']);
    await delay(80);
    assert.deepEqual(log, ['open 1', 'close 1']);
    assert.equal(await onDemand.use(async ({ own }) => own), 2);
    await onDemand.close();
  });

  it('is opened again only after the one before has closed', async () => {
    const { log, onDemand } = door(1000);
    await onDemand.use(async () => undefined);
    const closing = onDemand.close();
    await onDemand.use(async () => undefined);
    await closing;
    assert.deepEqual(log, ['open 1', 'close 1', 'open 2']);
    await onDemand.close();
  });

  it('is tried again after it could not be opened', async () => {
    let attempts = 0;
    const onDemand = new OnDemand(
      async () => {
        attempts += 1;
        if (attempts === 1) throw new Error('not now');
        return { close: async () => undefined };
      },
      { idleMs: 1000 },
    );
    await assert.rejects(
      onDemand.use(async () => undefined),
      /not now/,
    );
    await onDemand.use(async () => undefined);
    assert.equal(attempts, 2);
    await onDemand.close();
  });
});
