import { runCli } from './cli/cli';
import { commandArguments, nodeEnvironment } from './cli/node-environment';
import { passphraseInFile } from './given-passphrase';
import { Rescue } from './protection/recovery/rescue';
import { systemClock } from './support/clock';
import { silentLog } from './support/log';
import { VERSION } from './version';

/**
 * Runs a terminal command.
 * @param argv without the program and the script
 * @param script the file that was started; agents start from it again
 * @returns the exit code
 */
export function runTerminalCommand(argv: readonly string[], script: string): Promise<number> {
  return runCli(
    commandArguments(argv),
    nodeEnvironment({
      version: VERSION,
      agentScript: script,
      runAgent: async ({ home, signal, passphrase }) => {
        // Only the command that is the agent itself has a use for it.
        const { runAgent } = await import(/* webpackChunkName: "process" */ './agent-process.js');
        return runAgent({
          home,
          signal,
          passphrase: passphrase ?? (await passphraseInFile()),
          version: VERSION,
          script,
          clock: systemClock,
          stay: true,
        });
      },
      rescue: new Rescue({ script, clock: systemClock, log: silentLog }),
    }),
  );
}
