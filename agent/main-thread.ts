import { homedir } from 'node:os';
import { runAgent } from './agent-process';
import { runCli } from './cli/cli';
import { commandArguments, nodeEnvironment } from './cli/node-environment';
import { Rescue } from './protection/recovery/rescue';
import { bulwarkHome } from './protocol/discovery';
import type { ErrorData } from './protocol/errors';
import { PASSPHRASE_ON_STDIN } from './protocol/launch';
import { startFailureLine } from './protocol/start-failure';
import { errorDataOf } from './server/wire-errors';
import { systemClock } from './support/clock';
import { BulwarkError, messageOf } from './support/errors';
import { silentLog } from './support/log';
import { readSecretFile } from './support/secret-file';
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
      passphrase: await givenPassphrase(),
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

/** What whoever started this agent says the passphrase is; null where nothing was said. */
async function givenPassphrase(): Promise<string | null> {
  if (process.env[PASSPHRASE_ON_STDIN] !== '1') return passphraseInFile();
  let given = '';
  for await (const piece of process.stdin.setEncoding('utf8')) given += String(piece);
  return given;
}

async function passphraseInFile(): Promise<string | null> {
  const path = process.env['BULWARK_PASSPHRASE_FILE'] ?? '';
  return path === '' ? null : readSecretFile(path);
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
      runAgent: async ({ home, signal, passphrase }) =>
        runAgent({
          home,
          signal,
          passphrase: passphrase ?? (await passphraseInFile()),
          version: VERSION,
          script,
          clock: systemClock,
          stay: true,
        }),
      rescue: new Rescue({ script, clock: systemClock, log: silentLog }),
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
