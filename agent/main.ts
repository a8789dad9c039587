import { isMainThread } from 'node:worker_threads';

// Each kind of thread loads only what it needs: a worker has no use for the server and its schemas.
if (isMainThread) void import('./main-thread.js').then((it) => it.runMainThread(__filename));
else
  void import('./worker-thread.js').then((it) => {
    it.runWorkerThread();
  });
