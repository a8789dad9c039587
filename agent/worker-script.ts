/** What worker threads run where the agent is embedded in a program that has a script of its own. */
async function main(): Promise<void> {
  const worker = await import(/* webpackChunkName: "worker" */ './worker-thread.js');
  worker.runWorkerThread();
}

void main();
