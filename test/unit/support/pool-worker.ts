import { isMainThread } from 'node:worker_threads';
import { BulwarkError } from '../../../agent/support/errors';
import { handleTask, serveTasks, type TaskType } from '../../../agent/support/worker-pool';

/** Adds up what the caller answers to `count` questions. */
export const sumTask: TaskType<{ count: number }, number, number, number> = { name: 'sum' };
export const failTask: TaskType<{ typed: boolean }, never, never, never> = { name: 'fail' };
export const dieTask: TaskType<null, never, never, never> = { name: 'die' };

if (!isMainThread)
  serveTasks([
    handleTask(sumTask, async ({ count }, caller) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += await caller.ask(i);
      return sum;
    }),
    handleTask(failTask, ({ typed }) =>
      Promise.reject(
        typed
          ? new BulwarkError('disk-full', 'the disk is full', { hint: 'Free some space.' })
          : new TypeError('a mistake'),
      ),
    ),
    handleTask(dieTask, () => process.exit(3)),
  ]);
