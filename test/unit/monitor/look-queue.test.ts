import assert from 'node:assert/strict';
import type { Look } from '../../../agent/monitor/finding';
import { LookQueue } from '../../../agent/monitor/look-queue';
import { tree } from './alert-world';

describe('looks at worktrees', () => {
  let queue: LookQueue;
  let begun: string[];
  let ends: (() => void)[];
  beforeEach(() => {
    queue = new LookQueue();
    begun = [];
    ends = [];
  });

  /** Asks for a look that goes on until {@link end}. */
  function ask(name: string, order: 'ahead' | 'behind' = 'behind'): Promise<Look | null> {
    return queue.look(name, order, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      return { subject: tree(name), findings: [], covers: [], unknown: [], between: [] };
    });
  }

  /** Ends looks until these have ended. */
  async function end(looks: readonly Promise<Look | null>[]): Promise<(Look | null)[]> {
    let left = looks.length;
    for (const look of looks) void look.then(() => (left -= 1));
    while (left > 0) {
      ends.shift()?.();
      await Promise.resolve();
    }
    return Promise.all(looks);
  }

  async function begins(name: string): Promise<void> {
    while (!begun.includes(name)) await Promise.resolve();
  }

  it('are shared by all who ask before it has begun, however much happens there', async () => {
    const first = ask('other');
    const many = Array.from({ length: 100 }, () => ask('app'));
    await end([first, ...many]);
    assert.deepEqual(begun, ['other', 'app']);
  });

  it('are taken anew for who asks while one is under way: it may have begun before the repair', async () => {
    const before = ask('app');
    await begins('app');
    const after = ask('app');
    await end([before, after]);
    assert.deepEqual(begun, ['app', 'app']);
  });

  it('that somebody waits for go before those that nobody does', async () => {
    const first = ask('first');
    await begins('first');
    const rest = ['a', 'b', 'c'].map((name) => ask(name));
    await end([first, ...rest, ask('app', 'ahead')]);
    assert.deepEqual(begun, ['first', 'app', 'a', 'b', 'c']);
  });
});
