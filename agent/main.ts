import { isMainThread } from 'node:worker_threads';

/** Of the agent that a service runs: it never leaves by itself. */
const STAY = '--stay';

/** `agent`, with or without `--stay`, runs the agent; all else is a terminal command. */
function isAgent([first, ...rest]: readonly string[]): boolean {
  return first === 'agent' && rest.every((word, at) => at === 0 && word === STAY);
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
    process.exitCode = await agent.runBackgroundAgent(script, { stay: argv.includes(STAY) });
  } else {
    const command = await import(/* webpackChunkName: "terminal" */ './terminal-command.js');
    process.exitCode = await command.runTerminalCommand(argv, script);
  }
}

void main(__filename);
