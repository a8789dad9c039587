import { captureHandler } from './protection/capture/capture-handler';
import { restoreTasks } from './protection/restore/stage-task';
import { readBackHandler } from './repository/read-back';
import { verifyHandler } from './repository/verify-task';
import { serveTasks } from './support/worker-pool';

/** Serves the tasks that take a processor: reading, hashing, compressing, writing files. */
export function runWorkerThread(): void {
  serveTasks([captureHandler, verifyHandler, readBackHandler, ...restoreTasks]);
}
