/**
 * So many at a time, a short queue, and 429 for everybody else.
 * Source: issue 5, "Limits and safety". Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpProblem } from '../../../web/errors.ts';
import { Admission, trafficKindOf, type Leave } from '../../../web/load/index.ts';
import type { Server } from '../../../web/index.ts';
import { ask, problemOf, type Answer } from '../http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';

/** One who asked to be let in. */
class Guest {
  readonly withdraw: () => void;
  #leave: Leave | undefined;
  #problem: HttpProblem | undefined;

  constructor(admission: Admission) {
    this.withdraw = admission.enter(
      (leave) => {
        this.#leave = leave;
      },
      (problem) => {
        this.#problem = problem;
      },
    );
  }

  state(): 'in' | 'waits' | 'away' {
    if (this.#problem !== undefined) return 'away';
    return this.#leave === undefined ? 'waits' : 'in';
  }

  problem(): HttpProblem | undefined {
    return this.#problem;
  }

  leave(): void {
    this.#leave?.();
  }
}

const limits = { runningMax: 2, waitingMax: 2, waitMsMax: 10_000 };

describe('admission', () => {
  it('lets so many in, keeps some waiting, and sends the others away at once', () => {
    const admission = new Admission('search', limits);
    const guests = Array.from({ length: 6 }, () => new Guest(admission));
    assert.deepEqual(
      guests.map((guest) => guest.state()),
      ['in', 'in', 'waits', 'waits', 'away', 'away'],
    );
    const problem = guests[4]?.problem();
    assert.equal(problem?.status, 429);
    assert.deepEqual(problem.headers, { 'Retry-After': '1' });
    assert.deepEqual(admission.counts, { running: 2, waiting: 2, admitted: 2, shed: 2 });
    for (const guest of guests) guest.withdraw();
  });

  it('lets in who has waited longest when somebody leaves, and counts a leave once', () => {
    const admission = new Admission('search', limits);
    const first = new Guest(admission);
    const second = new Guest(admission);
    const third = new Guest(admission);
    const fourth = new Guest(admission);
    first.leave();
    first.leave();
    assert.deepEqual([third.state(), fourth.state()], ['in', 'waits']);
    second.leave();
    third.leave();
    assert.equal(fourth.state(), 'in');
    fourth.leave();
    assert.deepEqual(admission.counts, { running: 0, waiting: 0, admitted: 4, shed: 0 });
  });

  it('lets nobody pass who comes later than one that waits', () => {
    const admission = new Admission('search', { ...limits, runningMax: 1 });
    const first = new Guest(admission);
    const second = new Guest(admission);
    first.leave();
    const third = new Guest(admission);
    assert.equal(second.state(), 'in');
    assert.equal(third.state(), 'waits');
    third.withdraw();
  });

  it('forgets who went away while waiting', () => {
    const admission = new Admission('search', { ...limits, runningMax: 1 });
    const first = new Guest(admission);
    const gone = new Guest(admission);
    const stays = new Guest(admission);
    gone.withdraw();
    first.leave();
    assert.equal(gone.state(), 'waits');
    assert.equal(stays.state(), 'in');
    assert.equal(admission.counts.running, 1);
  });

  it('sends away who has waited too long, also when nobody leaves', async () => {
    const admission = new Admission('search', { runningMax: 1, waitingMax: 5, waitMsMax: 30 });
    const first = new Guest(admission);
    const late = new Guest(admission);
    await delay(20);
    const later = new Guest(admission);
    await delay(20);
    assert.equal(late.state(), 'away');
    assert.equal(later.state(), 'waits');
    await delay(40);
    assert.equal(later.state(), 'away');
    first.leave();
    assert.deepEqual(admission.counts, { running: 0, waiting: 0, admitted: 1, shed: 2 });
  });
});

describe('kinds of requests', () => {
  it('are told by the address, however it is spelt', () => {
    for (const address of [
      '/v1/search',
      '/v1/Search/',
      '/v1/search/stream',
      '/v1/embeddings',
      '/v1/images/7/similar',
    ])
      assert.equal(trafficKindOf(address), 'network', address);
    for (const address of ['/v1/images/7/thumbnail', '/v1/IMAGES/7/original/'])
      assert.equal(trafficKindOf(address), 'files', address);
    for (const address of ['/v1/jobs/events', '/v1/jobs/7/events'])
      assert.equal(trafficKindOf(address), 'streams');
    for (const address of ['/health', '/v1/images/7', '/v1/library', '/v1/search/x', '/'])
      assert.equal(trafficKindOf(address), null, address);
  });
});

describe('a busy server', () => {
  let small: SmallLibrary;
  let server: Server;
  let open: () => void;
  let opened: Promise<void>;

  before(async () => {
    small = await openSmallLibrary(2);
    opened = new Promise((resolve) => {
      open = resolve;
    });
    // Searches are real; they begin when the test lets them.
    const engine = {
      search: async (...call: Parameters<typeof small.engine.search>) => {
        await opened;
        return small.engine.search(...call);
      },
      stream: small.engine.stream.bind(small.engine),
    };
    server = await serveSmall(
      { library: small.library, engine: engine as typeof small.engine },
      { trafficLimits: { network: { runningMax: 2, waitingMax: 1, waitMsMax: 10_000 } } },
    );
  });

  after(async () => {
    await server.close();
    await small.close();
  });

  it('answers whom it let in, tells the others when to come back, and serves photos meanwhile', async () => {
    const search = (): Promise<Answer> => ask(server.url, '/v1/search?q=hill');
    const answers = [search(), search(), search()];
    // They must have arrived before the next one comes.
    await delay(200);
    const refused = await search();
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal(problemOf(refused).code, 'BUSY');
    assert.match(problemOf(refused).detail, /2 requests are worked on and 1 wait/);
    assert.equal((await ask(server.url, '/v1/images/1/thumbnail')).status, 200);
    assert.equal((await ask(server.url, '/health')).status, 200);
    open();
    for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200);
    assert.equal((await search()).status, 200);
  });
});
