import { isMainThread } from 'node:worker_threads';
import { verifyHandler } from '../../../agent/repository/verify/verify-task';
import { serveTasks } from '../../../agent/support/worker-pool';

if (!isMainThread) serveTasks([verifyHandler]);
