import { captureHandler } from '../../agent/protection/capture/capture-handler';
import { restoreTasks } from '../../agent/protection/restore/stage-task';
import { verifyHandler } from '../../agent/repository/verify/verify-task';
import { serveTasks } from '../../agent/support/worker-pool';

serveTasks([captureHandler, verifyHandler, ...restoreTasks]);
