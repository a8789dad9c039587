import assert from 'node:assert/strict';
import { CheckScheduler, placeOf } from '../../../agent/components/scheduler';
import { ManualClock } from '../server/manual-clock';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('checks', () => {
  it('run once an interval, spread over it', async () => {
    const clock = new ManualClock();
    const scheduler = new CheckScheduler(clock);
    const runs = new Map<string, number[]>();
    for (let i = 0; i < 200; i++) {
      const id = `component-${String(i)}`;
      runs.set(id, []);
      scheduler.add({
        id,
        intervalMs: 10_000,
        run: async () => {
          runs.get(id)?.push(clock.now());
        },
      });
    }
    clock.advance(1_000);
    for (const at of runs.values()) assert.equal(at.length, 1, 'each is looked at soon');
    for (let step = 0; step < 600; step++) {
      clock.advance(100);
      await settle();
    }
    const perSecond = new Map<number, number>();
    for (const [id, at] of runs) {
      assert.ok(at.length >= 6 && at.length <= 8, `${id}: ${String(at.length)}`);
      const last = Math.floor(((at.at(-1) ?? 0) % 10_000) / 1_000);
      perSecond.set(last, (perSecond.get(last) ?? 0) + 1);
    }
    assert.equal(perSecond.size, 10, 'no second of the interval is left out');
    assert.ok(Math.max(...perSecond.values()) < 45, 'and none has them all');
    await scheduler.close();
  });

  it('never run twice at once, however long one takes', async () => {
    const clock = new ManualClock();
    const scheduler = new CheckScheduler(clock);
    let running = 0;
    let most = 0;
    let runs = 0;
    let finish: () => void = () => undefined;
    scheduler.add({
      id: 'slow',
      intervalMs: 5_000,
      run: async () => {
        running += 1;
        runs += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        running -= 1;
      },
    });
    clock.advance(60_000);
    assert.deepEqual({ most, runs }, { most: 1, runs: 1 });
    finish();
    await settle();
    clock.advance(10_000);
    assert.ok(runs >= 2, 'it goes on when the slow one is done');
    finish();
    await scheduler.close();
  });

  it('are told to end when they are taken away', async () => {
    const clock = new ManualClock();
    const scheduler = new CheckScheduler(clock);
    let ended = false;
    scheduler.add({
      id: 'waiting',
      intervalMs: 5_000,
      run: (signal) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            ended = true;
            resolve();
          });
        }),
    });
    clock.advance(1_000);
    await scheduler.close();
    assert.equal(ended, true);
  });

  it('have places that do not change from run to run', () => {
    assert.equal(placeOf('web'), placeOf('web'));
    assert.ok(placeOf('web') >= 0 && placeOf('web') < 1);
  });
});
