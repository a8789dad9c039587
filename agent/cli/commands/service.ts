import { access as accessible, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { bulwarkHome } from '../../protocol/discovery';
import { makeHome } from '../../protocol/home-folder';
import { HEAP_FLAGS, MALLOC } from '../../protocol/launch-memory';
import { writeFileAtomic } from '../../support/atomic-file';
import { BulwarkError, errnoOf, fileError } from '../../support/errors';
import { displayName } from '../../support/names';
import { EXIT, usageError } from '../failure';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { launchd } from '../service/launchd';
import type { Command as Line, ServiceManager, ServiceSpec } from '../service/service-manager';
import { systemd } from '../service/systemd';
import { taskScheduler } from '../service/task-scheduler';

/** `bulwark service install|uninstall|status` */
export function registerService(program: Command, registrar: Registrar): void {
  const { run, does } = registrar;
  const service = describeCommand(program, {
    name: 'service',
    summary: 'Have the agent run from login on, without anybody starting it',
    more: 'As a user unit of systemd, an agent of launchd, or a task of Windows. Nothing needs an administrator.',
    examples: [['bulwark service install', 'from now on, and at each login']],
  });
  describeCommand(service, {
    name: 'install',
    summary: 'Run the agent from now on, and at each login',
    more: 'An agent that runs already makes room. Run it again after the program has moved.',
    examples: [
      ['bulwark service install', 'install and start'],
      ['bulwark service install --dry-run', 'show the file, and the commands'],
    ],
  })
    .option('--dry-run', 'show the file and the commands, change nothing')
    .action(({ dryRun = false }: { dryRun?: boolean }) =>
      does(() => (dryRun ? show(run) : install(run))),
    );
  describeCommand(service, {
    name: 'uninstall',
    summary: 'Stop the service, and remove it',
    more: 'What is kept stays. The agent starts again when a command or VS Code needs it.',
    examples: [['bulwark service uninstall', 'stop and remove']],
  }).action(() => does(() => uninstall(run)));
  describeCommand(service, {
    name: 'status',
    summary: 'Whether the service is installed, and runs',
    more: 'Exits with 3 when it does not run.',
    examples: [['bulwark service status', 'installed? running?']],
  }).action(() => does(() => status(run)));
}

function managerOf({ environment, access }: Run): ServiceManager {
  const { platform, homedir, env } = environment;
  switch (platform) {
    case 'linux': {
      const config = env['XDG_CONFIG_HOME'] ?? '';
      return systemd(config === '' ? join(homedir, '.config') : config);
    }
    case 'darwin':
      return launchd(homedir, process.getuid?.() ?? 0);
    case 'win32':
      // A task has no variables of its own.
      if (access.home !== bulwarkHome({ ...env, BULWARK_HOME: '' }, homedir))
        throw usageError(
          'a task of Windows cannot be told another BULWARK_HOME',
          'Set it for your user (setx BULWARK_HOME …), open a new terminal, and start it with: bulwark start',
        );
      return taskScheduler(access.home);
    default:
      throw usageError(
        `there is no kind of service for ${platform} here`,
        'Start the agent at login with: bulwark start --foreground',
      );
  }
}

function specOf({ environment, access }: Run): ServiceSpec {
  const { execPath, agentScript, env } = environment;
  const passphraseFile = env['BULWARK_PASSPHRASE_FILE'] ?? '';
  return {
    command: [execPath, ...HEAP_FLAGS, agentScript, 'agent', '--stay'],
    env: {
      ...MALLOC,
      BULWARK_HOME: access.home,
      // Of VS Code's own runtime; nothing to any other.
      ELECTRON_RUN_AS_NODE: '1',
      ...(passphraseFile === '' ? {} : { BULWARK_PASSPHRASE_FILE: passphraseFile }),
    },
  };
}

function show(run: Run): Promise<number> {
  const manager = managerOf(run);
  const bytes = Buffer.from(manager.content(specOf(run)));
  const text = bytes.toString(bytes[0] === 0xff ? 'utf16le' : 'utf8').replace('\ufeff', '');
  const { file, install: commands } = manager;
  run.result({ dryRun: true, file, content: text, commands });
  run.print(`${displayName(file)}:`, '', text);
  run.print(...commands.map((words) => `$ ${words.join(' ')}`), '', 'Nothing was changed.');
  return Promise.resolve(EXIT.ok);
}

async function install(run: Run): Promise<number> {
  const manager = managerOf(run);
  const { file, hint, name } = manager;
  await makeHome(run.access.home);
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, manager.content(specOf(run)), { mode: 0o644 }).catch(
    (error: unknown) => {
      throw fileError(error, file);
    },
  );
  // Only one agent can have the store.
  const running = await run.find();
  if (running !== null) await run.access.drain(running, 'the service takes over', run.signal);
  for (const words of manager.install) await must(run, words);
  run.result({ installed: true, file });
  run.print(`${run.style.green('Installed')}: ${name} runs the agent now. ${hint ?? ''}`.trimEnd());
  run.print(`  ${displayName(file)}`);
  return EXIT.ok;
}

async function uninstall(run: Run): Promise<number> {
  const manager = managerOf(run);
  // One of them fails where it was removed in part already; what counts is that it is gone.
  for (const words of manager.uninstall) await attempt(run, words);
  await rm(manager.file, { force: true });
  run.result({ installed: false, file: manager.file });
  run.print(`${run.style.green('Removed')}. What is kept stays.`);
  return EXIT.ok;
}

async function status(run: Run): Promise<number> {
  const { file, isRunning, name } = managerOf(run);
  const installed = await accessible(file).then(
    () => true,
    () => false,
  );
  const running = installed && (await attempt(run, isRunning));
  run.result({ installed, running, file });
  run.print(
    !installed
      ? 'Not installed. Install it with: bulwark service install'
      : running
        ? `${run.style.green('Running')}, by ${name}`
        : `${run.style.yellow('Installed, but not running')}. See: bulwark status`,
  );
  return running ? EXIT.ok : EXIT.notRunning;
}

/** Runs a command of the system. @throws `usage` when there is no such command */
async function attempt(run: Run, words: Line): Promise<boolean> {
  const { environment } = run;
  try {
    const child = environment.runChild(words, { cwd: environment.homedir, quietStdout: true });
    return (await run.untilEnd(child)).code === 0;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw usageError(`there is no ${words[0]} here`, 'See docs/service.md for other ways.');
  }
}

async function must(run: Run, words: Line): Promise<void> {
  if (await attempt(run, words)) return;
  throw new BulwarkError('permission-denied', `this failed: ${words.join(' ')}`, {
    hint: 'What it said is above. The file is written; the agent starts as before when it is needed.',
  });
}
