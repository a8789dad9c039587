import { captureHandler } from './protection/capture/capture-handler';
import { restoreTasks } from './protection/restore/stage-task';
import { readBackHandler } from './repository/verify/read-back';
import { verifyHandler } from './repository/verify/verify-task';
import { serveTasks } from './support/worker-pool';

/** Serves the tasks that take a processor: reading, hashing, compressing, writing files. */
export function runWorkerThread(): void {
  serveTasks([captureHandler, verifyHandler, readBackHandler, ...restoreTasks]);
}
