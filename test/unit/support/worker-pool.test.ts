import assert from 'node:assert/strict';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../../agent/support/clock';
import { BulwarkError, type Reason } from '../../../agent/support/errors';
import { WorkerPool } from '../../../agent/support/worker-pool';
import { dieTask, failTask, sumTask } from './pool-worker';

function failsWith(reason: Reason): (error: unknown) => boolean {
  return (error) => error instanceof BulwarkError && error.reason === reason;
}

function never(): never {
  throw new Error('nothing was to be asked');
}

describe('worker threads', () => {
  let pool: WorkerPool;
  beforeEach(() => {
    pool = new WorkerPool({ script: join(__dirname, 'pool-worker.js'), size: 2 });
  });
  afterEach(() => pool.close());

  const sum = (count: number, signal?: AbortSignal): Promise<number> =>
    pool.run(sumTask, { count }, { answer: (i) => i * 10, signal });

  it('ask their caller while they work, and give a result', async () => {
    assert.equal(await sum(5), 100);
  });

  it('serve tasks also when they were started ahead, and no more of them than there may be', async () => {
    pool.warm();
    pool.warm();
    const sums = await Promise.all([5, 3, 2].map((count) => sum(count)));
    assert.deepEqual(sums, [100, 30, 10]);
  });

  it('do more tasks than there are threads, one after the other', async () => {
    const sums = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((count) => sum(count)));
    assert.deepEqual(sums, [0, 10, 30, 60, 100, 150, 210]);
  });

  it('do what is urgent while all of them are at long work, which is told that somebody waits', async () => {
    let finish: (answer: number) => void = () => undefined;
    const answer = new Promise<number>((resolve) => (finish = resolve));
    const work = (): Promise<number> => pool.run(sumTask, { count: 1 }, { answer: () => answer });
    const long = [work(), work(), work()];
    assert.equal(pool.contended, true);
    const urgent = { answer: (i: number) => i * 10, urgent: true };
    assert.equal(await pool.run(sumTask, { count: 3 }, urgent), 30);
    finish(7);
    assert.deepEqual(await Promise.all(long), [7, 7, 7]);
    assert.equal(pool.contended, false);
  });

  it('do what goes ahead before what is urgent, which keeps a thread for itself', async () => {
    const ends: (() => void)[] = [];
    const order: string[] = [];
    const work = (name: string, how: { urgent?: boolean; ahead?: boolean }): Promise<number> =>
      pool.run(
        sumTask,
        { count: 1 },
        {
          ...how,
          answer: () => {
            order.push(name);
            return new Promise<number>((resolve) => ends.push(() => resolve(1)));
          },
        },
      );
    const until = async (count: number): Promise<void> => {
      while (order.length < count) await systemClock.sleep(5);
    };
    const all = [1, 2, 3, 4].map((i) => work(`urgent ${String(i)}`, { urgent: true }));
    await until(3);
    all.push(work('restore', { ahead: true }), work('restore', { ahead: true }));
    all.push(work('restore', { ahead: true }));
    for (let given = 0; given < all.length; given++) {
      ends[given]?.();
      // One after the other: threads that are free at the same time ask in any order.
      await until(Math.min(all.length, given + 4));
    }
    await Promise.all(all);
    // Two long ones at once, however many wait.
    assert.deepEqual(order.slice(3), ['restore', 'restore', 'urgent 4', 'restore']);
  });

  it('end when nobody needed them for a while, and start again when somebody does', async () => {
    const due: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock,
      setTimeout: (fn) => {
        due.splice(0, due.length, fn);
        return { cancel: () => due.splice(0) };
      },
    };
    const script = join(__dirname, 'pool-worker.js');
    const resting = new WorkerPool({ script, size: 2, clock, restMs: 1000 });
    const once = (): Promise<number> =>
      resting.run(sumTask, { count: 3 }, { answer: (i) => i * 10 });
    try {
      await once();
      assert.equal(resting.threads, 1);
      for (const fn of due.splice(0)) fn();
      assert.equal(resting.threads, 0);
      assert.equal(await once(), 30);
      assert.equal(resting.threads, 1);
    } finally {
      await resting.close();
    }
  });

  it('pass on the reason and the hint of an error', async () => {
    await assert.rejects(pool.run(failTask, { typed: true }, { answer: never }), (error) => {
      assert.ok(error instanceof BulwarkError);
      assert.equal(error.reason, 'disk-full');
      assert.equal(error.hint, 'Free some space.');
      return true;
    });
  });

  it('tell a programming mistake as internal, and go on with the next task', async () => {
    await assert.rejects(
      pool.run(failTask, { typed: false }, { answer: never }),
      failsWith('internal'),
    );
    assert.equal(await sum(3), 30);
  });

  it('stop a task that is cancelled in the middle, and go on with the next', async () => {
    const stop = new AbortController();
    const run = pool.run(
      sumTask,
      { count: 1_000_000 },
      {
        signal: stop.signal,
        answer: (i) => {
          if (i === 3) stop.abort();
          return i;
        },
      },
    );
    await assert.rejects(run, failsWith('cancelled'));
    assert.equal(await sum(3), 30);
  });

  it('do not begin a task that is cancelled already', async () => {
    await assert.rejects(sum(1, AbortSignal.abort()), failsWith('cancelled'));
  });

  it('stop a task whose question its caller cannot answer, with that error', async () => {
    const answer = (): never => {
      throw new BulwarkError('disk-full', 'full');
    };
    await assert.rejects(pool.run(sumTask, { count: 2 }, { answer }), failsWith('disk-full'));
    assert.equal(await sum(2), 10);
  });

  it('that end in the middle of their work fail only that task', async () => {
    await assert.rejects(pool.run(dieTask, null, { answer: never }), failsWith('internal'));
    assert.equal(await sum(4), 60);
  });

  it('take no task after the pool was closed', async () => {
    await pool.close();
    await assert.rejects(sum(1), failsWith('cancelled'));
  });
});
