import { isMainThread } from 'node:worker_threads';

/** `agent` as the only argument runs the agent; all else is a terminal command. */
function isAgent(argv: readonly string[]): boolean {
  return argv.length === 1 && argv[0] === 'agent';
}

/**
 * Each kind of process and thread loads only what it needs, from a file of its own: what a worker
 * or a short command has no use for would be parsed at each of their starts.
 */
async function main(script: string): Promise<void> {
  if (!isMainThread) {
    const worker = await import(/* webpackChunkName: "worker" */ './worker-thread.js');
    worker.runWorkerThread();
    return;
  }
  const argv = process.argv.slice(2);
  if (isAgent(argv)) {
    const agent = await import(/* webpackChunkName: "process" */ './background-agent.js');
    process.exitCode = await agent.runBackgroundAgent(script);
  } else {
    const command = await import(/* webpackChunkName: "terminal" */ './terminal-command.js');
    process.exitCode = await command.runTerminalCommand(argv, script);
  }
}

void main(__filename);
