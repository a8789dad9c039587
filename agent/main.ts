import { homedir } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { runAgent } from './agent-process';
import { runCli } from './cli/cli';
import { commandArguments, nodeEnvironment } from './cli/node-environment';
import { captureHandler } from './protection/capture/capture-task';
import { restoreTasks } from './protection/restore/stage-task';
import { bulwarkHome } from './protocol/discovery';
import { verifyHandler } from './repository/verify-task';
import { systemClock } from './support/clock';
import { messageOf } from './support/errors';
import { serveTasks } from './support/worker-pool';
import { VERSION } from './version';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs as the agent until it leaves. */
async function agent(): Promise<number> {
  const stop = new AbortController();
  for (const signal of STOP_SIGNALS) process.on(signal, () => stop.abort());
  try {
    const running = await runAgent({
      home: bulwarkHome(process.env, homedir()),
      version: VERSION,
      script: __filename,
      clock: systemClock,
      stay: false,
      signal: stop.signal,
    });
    await running.ended;
    return 0;
  } catch (error) {
    process.stderr.write(`bulwark: ${messageOf(error)}\n`);
    return 1;
  }
}

function cli(argv: readonly string[]): Promise<number> {
  return runCli(
    commandArguments(argv),
    nodeEnvironment({
      version: VERSION,
      agentScript: __filename,
      runAgent: ({ home, signal }) =>
        runAgent({
          home,
          signal,
          version: VERSION,
          script: __filename,
          clock: systemClock,
          stay: true,
        }),
    }),
  );
}

if (isMainThread) {
  const [first, ...rest] = process.argv.slice(2);
  const work = first === 'agent' && rest.length === 0 ? agent() : cli(process.argv.slice(2));
  void work.then((code) => {
    process.exitCode = code;
  });
} else serveTasks([captureHandler, verifyHandler, ...restoreTasks]);
