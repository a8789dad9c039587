import { homedir } from 'node:os';
import { runAgent } from './agent-process';
import { givenPassphrase } from './given-passphrase';
import { bulwarkHome } from './protocol/discovery';
import type { ErrorData } from './protocol/errors';
import { startFailureLine } from './protocol/start-failure';
import { errorDataOf } from './server/wire-errors';
import { systemClock } from './support/clock';
import { BulwarkError, messageOf } from './support/errors';
import { VERSION } from './version';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs as the agent until it leaves.
 * @param script the file that was started; worker threads start from it again
 * @param stay never leaves by itself, however idle it is
 * @returns the exit code
 */
export async function runBackgroundAgent(
  script: string,
  { stay }: { readonly stay: boolean },
): Promise<number> {
  const stop = new AbortController();
  for (const signal of STOP_SIGNALS) process.on(signal, () => stop.abort());
  try {
    const running = await runAgent({
      home: bulwarkHome(process.env, homedir()),
      version: VERSION,
      script,
      clock: systemClock,
      passphrase: await givenPassphrase(),
      stay,
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
