import { Command, CommanderError } from 'commander';
import { registerAlerts } from './commands/alerts';
import { registerAudit } from './commands/audit';
import { registerBackup } from './commands/backup';
import { registerCall } from './commands/call';
import { registerComponents } from './commands/components';
import { registerDiff } from './commands/diff';
import { registerDrill } from './commands/drill';
import { registerEvents } from './commands/events';
import { registerForget } from './commands/forget';
import { registerGc } from './commands/gc';
import { registerGuard } from './commands/guard';
import { registerDoctor } from './commands/doctor';
import { registerEmergencies } from './commands/emergencies';
import { registerHealth } from './commands/health';
import { registerIncidents } from './commands/incidents';
import { registerJournal } from './commands/journal';
import { registerLogs } from './commands/logs';
import { registerMcp } from './commands/mcp';
import { registerMetrics } from './commands/metrics';
import { registerPin, registerUnpin } from './commands/pin';
import { registerKey } from './commands/key';
import { registerProtect } from './commands/protect';
import { registerRecover } from './commands/recover';
import { registerRecoveries } from './commands/recoveries';
import { registerReplica } from './commands/replica';
import { registerReport } from './commands/report';
import { registerRestore } from './commands/restore';
import { registerService } from './commands/service';
import { registerShow } from './commands/show';
import { registerSnapshot } from './commands/snapshot';
import { registerSnapshots } from './commands/snapshots';
import { registerSources } from './commands/sources';
import { registerStart } from './commands/start';
import { registerStatus } from './commands/status';
import { registerStop } from './commands/stop';
import { registerStrategies } from './commands/strategies';
import { registerStore } from './commands/store';
import { registerUndo } from './commands/undo';
import { registerUnprotect } from './commands/unprotect';
import { registerVerify } from './commands/verify';
import type { CliEnvironment } from './environment';
import { EXIT, usageError } from './failure';
import { exampleText, jsonOption, type Registrar } from './program';
import { Run } from './run';

/** In the order in which `bulwark --help` lists them. */
const COMMANDS: readonly ((program: Command, registrar: Registrar) => void)[] = [
  registerStart,
  registerStop,
  registerStatus,
  registerHealth,
  registerMetrics,
  registerDoctor,
  registerAlerts,
  registerIncidents,
  registerEmergencies,
  registerReport,
  registerComponents,
  registerLogs,
  registerProtect,
  registerUnprotect,
  registerSources,
  registerSnapshot,
  registerGuard,
  registerMcp,
  registerSnapshots,
  registerShow,
  registerDiff,
  registerJournal,
  registerRestore,
  registerUndo,
  registerPin,
  registerUnpin,
  registerForget,
  registerBackup,
  registerGc,
  registerVerify,
  registerDrill,
  registerRecoveries,
  registerRecover,
  registerStrategies,
  registerAudit,
  registerStore,
  registerReplica,
  registerKey,
  registerService,
  registerCall,
  registerEvents,
];

/**
 * Runs one command line.
 * @param argv the arguments after the program's name
 * @returns the exit code: 0 success, 1 failed, 2 wrong usage, 3 no agent runs, 128 + signal when stopped
 */
export async function runCli(
  argv: readonly string[],
  environment: CliEnvironment,
): Promise<number> {
  const run = new Run(environment, { json: wantsJson(argv) });
  let code: number = EXIT.ok;
  const does: Registrar['does'] = async (action) => {
    const result: unknown = await action();
    code = typeof result === 'number' ? result : EXIT.ok;
  };
  const program = describeProgram(environment, run.json);
  for (const register of COMMANDS) register(program, { run, does });
  try {
    await run.untilAbandoned(program.parseAsync([...argv], { from: 'user' }));
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      // Asked for nothing: its help was printed already.
      if (error.code === 'commander.help' && !run.json) return EXIT.usage;
      return run.fail(fromCommander(error, nameOfCommand(program, argv)));
    }
    return run.fail(error);
  } finally {
    run.close();
  }
}

function describeProgram({ stdout, stderr, version }: CliEnvironment, json: boolean): Command {
  return new Command('bulwark')
    .description(
      'Keeps every state your git worktrees were in, and gives lost work back in seconds.',
    )
    .version(version, '-V, --version', 'print the version')
    .addOption(jsonOption().hideHelp())
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'after',
      '\nSNAPSHOT is the beginning of an id, or "latest" for the newest one of this worktree.\n' +
        exampleText([
          ['bulwark start', 'protect every worktree of the repository you are in'],
          ['bulwark snapshots', 'the states that are kept'],
          ['bulwark restore 3f2a91 --dry-run', 'what going back to one would change'],
        ]),
    )
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => {
        if (!json) stderr.write(text);
      },
      // Errors are printed in one place, Run.fail.
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
    .exitOverride();
}

/** Known before the arguments are parsed, because errors in them are reported in JSON too. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}

/** The command that the arguments name, as far as they do: `bulwark store stats`. */
function nameOfCommand(program: Command, argv: readonly string[]): string {
  let command = program;
  const names = [program.name()];
  for (const word of argv.filter((arg) => !arg.startsWith('-'))) {
    const found = command.commands.find((candidate) => candidate.name() === word);
    if (found === undefined) break;
    names.push(word);
    command = found;
  }
  return names.join(' ');
}

function fromCommander(error: CommanderError, command: string): Error {
  if (error.code === 'commander.help')
    return usageError('a command is missing', `List them with: ${command} --help`);
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  return usageError(
    message,
    suggestion?.replace(/^\(|\)$/g, '') ?? `See what it takes with: ${command} --help`,
  );
}
