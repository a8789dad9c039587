import { homedir } from 'node:os';
import { runAgent } from './agent-process';
import { runCli } from './cli/cli';
import { commandArguments, nodeEnvironment } from './cli/node-environment';
import { bulwarkHome } from './protocol/discovery';
import type { ErrorData } from './protocol/errors';
import { startFailureLine } from './protocol/start-failure';
import { errorDataOf } from './server/wire-errors';
import { systemClock } from './support/clock';
import { BulwarkError, messageOf } from './support/errors';
import { VERSION } from './version';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs as the agent until it leaves. */
async function agent(script: string): Promise<number> {
  const stop = new AbortController();
  for (const signal of STOP_SIGNALS) process.on(signal, () => stop.abort());
  try {
    const running = await runAgent({
      home: bulwarkHome(process.env, homedir()),
      version: VERSION,
      script,
      clock: systemClock,
      stay: false,
      signal: stop.signal,
    });
    await running.ended;
    return 0;
  } catch (error) {
    process.stderr.write(`${failureLine(error)}\n`);
    return 1;
  }
}

/** Whoever starts an agent reads this line from its log. */
function failureLine(error: unknown): string {
  const data: ErrorData =
    error instanceof BulwarkError ? errorDataOf(error) : { reason: 'internal' };
  return startFailureLine({ message: messageOf(error), ...data });
}

function cli(argv: readonly string[], script: string): Promise<number> {
  return runCli(
    commandArguments(argv),
    nodeEnvironment({
      version: VERSION,
      agentScript: script,
      runAgent: ({ home, signal }) =>
        runAgent({
          home,
          signal,
          version: VERSION,
          script,
          clock: systemClock,
          stay: true,
        }),
    }),
  );
}

/**
 * Runs the agent (`agent` as the only argument) or a terminal command, and sets the exit code.
 * @param script the file that was started; worker threads and agents start from it again
 */
export async function runMainThread(script: string): Promise<void> {
  const argv = process.argv.slice(2);
  const [first, ...rest] = argv;
  const isAgent = first === 'agent' && rest.length === 0;
  process.exitCode = await (isAgent ? agent(script) : cli(argv, script));
}
