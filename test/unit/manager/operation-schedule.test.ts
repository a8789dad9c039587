import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { AT_ONCE, OperationSchedule } from '../../../agent/manager/operations/operation-schedule';
import { BulwarkError } from '../../../agent/support/errors';
import { silentLog } from '../../../agent/support/log';
import { LONGEST_HOLD_MS, type Operation, type Priority } from '../../../agent/support/operations';
import { ManualClock } from '../server/manual-clock';

/** Work that a test ends. */
interface Job {
  readonly name: string;
  readonly done: Promise<void>;
  end(): void;
  fail(): void;
}

describe('the schedule of operations', () => {
  let clock: ManualClock;
  let schedule: OperationSchedule;
  let begun: string[];
  let brake: string | null;

  beforeEach(() => {
    clock = new ManualClock();
    schedule = new OperationSchedule({ clock, log: silentLog });
    begun = [];
    brake = null;
    schedule.useBrake({ why: () => brake });
  });
  afterEach(() => {
    schedule.close();
  });

  const operation = (priority: Priority, worktree: string | null = null): Operation => {
    return { priority, worktree, what: priority };
  };

  function ask(name: string, asked: Operation, signal?: AbortSignal): Job {
    let [end, fail] = [(): void => undefined, (): void => undefined];
    const work = new Promise<void>((resolve, reject) => {
      end = resolve;
      fail = () => {
        reject(new Error('it failed'));
      };
    });
    const done = schedule.run(asked, signal, () => {
      begun.push(name);
      return work;
    });
    done.catch(() => undefined);
    return { name, done, end, fail };
  }

  const fill = (priority: Priority = 'loss-guard'): Job[] =>
    Array.from({ length: AT_ONCE }, (_, i) => ask(`busy ${String(i)}`, operation(priority)));

  async function settle(): Promise<void> {
    for (let i = 0; i < 5; i++) await turn();
  }

  async function refused(work: Promise<unknown>): Promise<void> {
    await assert.rejects(
      work,
      (error) => error instanceof BulwarkError && error.reason === 'cancelled',
    );
  }

  it('runs ten at once, and each that ends makes room for one', async () => {
    const busy = fill();
    ask('eleventh', operation('restore'));
    ask('twelfth', operation('restore'));
    await settle();
    assert.equal(begun.length, AT_ONCE);
    busy[0]?.end();
    await settle();
    assert.deepEqual(begun.slice(AT_ONCE), ['eleventh']);
  });

  it('lets what matters most go first, whatever was asked for first', async () => {
    const busy = fill();
    const asked: Priority[] = [
      'scrub',
      'verification',
      'backup',
      'recovery',
      'loss-guard',
      'restore',
    ];
    const jobs = asked.map((priority) => ask(priority, operation(priority)));
    for (const one of busy.slice(0, 3)) one.end();
    await settle();
    assert.deepEqual(begun.slice(AT_ONCE), ['restore', 'loss-guard', 'recovery']);
    jobs.find(({ name }) => name === 'restore')?.end();
    for (const one of busy.slice(3)) one.end();
    await settle();
    assert.deepEqual(begun.slice(AT_ONCE + 3), ['backup', 'verification', 'scrub']);
  });

  it('lets worktrees take turns, however much one of them asks for', async () => {
    const busy = fill();
    for (const name of ['a1', 'a2', 'a3', 'a4']) ask(name, operation('recovery', '/a'));
    ask('b1', operation('recovery', '/b'));
    ask('c1', operation('recovery', '/c'));
    for (const one of busy.slice(0, 4)) {
      one.end();
      await settle();
    }
    assert.deepEqual(begun.slice(AT_ONCE), ['a1', 'b1', 'c1', 'a2']);
  });

  it('has room for a restore however many backups there are, and starts none beside it', async () => {
    const backups = Array.from({ length: 12 }, (_, i) =>
      ask(`backup ${String(i)}`, operation('backup', `/w${String(i)}`)),
    );
    await settle();
    assert.equal(begun.length, 6);
    const restore = ask('restore', operation('restore', '/w0'));
    await settle();
    assert.equal(begun.at(-1), 'restore');
    for (const one of backups.slice(0, 6)) one.end();
    await settle();
    assert.equal(begun.length, 7);
    assert.equal(schedule.waiting[0]?.why, 'a restore goes first');
    restore.end();
    await settle();
    assert.equal(begun.length, 13);
  });

  it('has room for a restore however many recoveries and backups there are', async () => {
    for (let i = 0; i < 12; i++) {
      ask(`recovery ${String(i)}`, operation('recovery', `/w${String(i)}`));
      ask(`backup ${String(i)}`, operation('backup', `/w${String(i)}`));
    }
    ask('restore', operation('restore', '/w0'));
    ask('loss', operation('loss-guard', '/w1'));
    await settle();
    assert.deepEqual(begun.slice(-2), ['restore', 'loss']);
    assert.equal(begun.length, AT_ONCE);
  });

  it('does not let restores keep a backup away for ever', async () => {
    ask('restore', operation('restore'));
    ask('backup', operation('backup'));
    clock.advance(9 * 60_000);
    await settle();
    assert.deepEqual(begun, ['restore']);
    clock.advance(2 * 60_000);
    await settle();
    assert.deepEqual(begun, ['restore', 'backup']);
  });

  it('runs what an operation starts as a part of it, also where no place is left', async () => {
    const seen: string[] = [];
    const busy = fill();
    const recovery = schedule.run(operation('recovery'), undefined, async () => {
      await schedule.run(operation('backup'), undefined, () => {
        seen.push('backup');
        return Promise.resolve();
      });
      await schedule.run(operation('restore'), undefined, async () => {
        await schedule.run(operation('backup'), undefined, () => {
          seen.push('safety snapshot');
          return Promise.resolve();
        });
        seen.push('restore');
      });
    });
    busy[0]?.end();
    await recovery;
    assert.deepEqual(seen, ['backup', 'safety snapshot', 'restore']);
  });

  it('takes what an operation left behind for no part of it', async () => {
    let later: () => void = () => undefined;
    const began = new Promise<void>((resolve) => (later = resolve));
    let left: Promise<void> = Promise.resolve();
    await schedule.run(operation('backup'), undefined, () => {
      left = began.then(() => {
        ask('left behind', operation('backup'));
      });
      return Promise.resolve();
    });
    fill();
    later();
    await left;
    await settle();
    assert.ok(!begun.includes('left behind'));
  });

  it('gives the place of one that fails to the next', async () => {
    const busy = fill();
    const next = ask('next', operation('backup'));
    busy[3]?.fail();
    await assert.rejects(busy[3]?.done ?? Promise.resolve(), /it failed/);
    await settle();
    assert.ok(begun.includes('next'));
    next.end();
    await next.done;
  });

  it('begins nothing that was cancelled while it waited, and goes on with the others', async () => {
    const busy = fill();
    const stop = new AbortController();
    const cancelled = ask('cancelled', operation('restore'), stop.signal);
    ask('other', operation('recovery'));
    stop.abort();
    await refused(cancelled.done);
    await refused(ask('too late', operation('restore'), stop.signal).done);
    busy[0]?.end();
    await settle();
    assert.deepEqual(begun.slice(AT_ONCE), ['other']);
  });

  it('ends what waits when the agent leaves, and leaves what runs to itself', async () => {
    const busy = fill();
    const waiting = ask('waiting', operation('backup'));
    schedule.close();
    await refused(waiting.done);
    await refused(ask('later', operation('backup')).done);
    busy[0]?.end();
    await busy[0]?.done;
  });

  it('holds back work in the background while there is a reason, and tells it', async () => {
    brake = 'the machine runs on battery';
    const scrub = { ...operation('scrub'), background: true };
    ask('scrub', scrub);
    ask('asked for', operation('verification'));
    await settle();
    assert.deepEqual(begun, ['asked for']);
    assert.deepEqual(
      schedule.waiting.map(({ why }) => why),
      ['the machine runs on battery'],
    );
    brake = null;
    clock.advance(10_000);
    await settle();
    assert.deepEqual(begun, ['asked for', 'scrub']);
  });

  it('runs work in the background all the same when it was held back for hours', async () => {
    brake = 'the machine runs on battery';
    ask('scrub', { ...operation('scrub'), background: true });
    clock.advance(LONGEST_HOLD_MS - 60_000);
    await settle();
    assert.deepEqual(begun, []);
    clock.advance(70_000);
    await settle();
    assert.deepEqual(begun, ['scrub']);
  });

  it('has long work rest between its steps while something is restored', async () => {
    const stop = new AbortController();
    let steps = 0;
    let going = true;
    const scrub = schedule.run(operation('scrub'), undefined, async () => {
      for (; going; steps++) {
        await turn();
        await schedule.pause(stop.signal);
      }
    });
    const restore = ask('restore', operation('restore', '/a'));
    await settle();
    const before = steps;
    await settle();
    assert.equal(steps, before);
    assert.equal(schedule.restoresBeside('/b'), true);
    assert.equal(schedule.restoresBeside('/a'), false);
    restore.end();
    await settle();
    assert.ok(steps > before);
    going = false;
    await scrub;
  });

  it('lets long work that rests be ended', async () => {
    const stop = new AbortController();
    let rested = false;
    const scrub = schedule.run({ ...operation('scrub'), background: true }, undefined, async () => {
      brake = 'the processor is busy';
      await schedule.pause(stop.signal);
      rested = true;
    });
    await settle();
    assert.equal(rested, false);
    stop.abort();
    await scrub;
    assert.equal(rested, true);
  });
});
