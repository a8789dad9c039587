import assert from 'node:assert/strict';
import { Mutex } from '../../../agent/support/mutex';

describe('a mutex', () => {
  it('lets one in at a time, in order, also after one that failed', async () => {
    const mutex = new Mutex();
    const order: string[] = [];
    let inside = 0;
    const work = (name: string) => async (): Promise<void> => {
      inside += 1;
      assert.equal(inside, 1);
      await Promise.resolve();
      order.push(name);
      inside -= 1;
      if (name === 'b') throw new Error('b fails');
    };
    const [a, b, c] = ['a', 'b', 'c'].map((name) => mutex.run(work(name)));
    await a;
    await assert.rejects(b ?? Promise.resolve(), /b fails/);
    await c;
    assert.deepEqual(order, ['a', 'b', 'c']);
  });

  it('lets those in first that go ahead, in order among themselves', async () => {
    const mutex = new Mutex();
    const order: string[] = [];
    const add = (name: string, ahead = false): Promise<number> =>
      mutex.run(() => order.push(name), ahead);
    await Promise.all([add('first'), add('second'), add('ahead', true), add('ahead too', true)]);
    assert.deepEqual(order, ['first', 'ahead', 'ahead too', 'second']);
  });

  it('runs nothing before its caller goes on, and what throws at once rejects', async () => {
    const mutex = new Mutex();
    let ran = false;
    const work = mutex.run(() => {
      ran = true;
      throw new Error('at once');
    });
    assert.equal(ran, false);
    await assert.rejects(work, /at once/);
    assert.equal(await mutex.run(() => 7), 7);
  });
});
