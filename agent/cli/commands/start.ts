import type { Command } from 'commander';
import type { AgentClient } from '../../protocol/client';
import { BulwarkError } from '../../support/errors';
import { worktreeJson } from '../json-shapes';
import { describeCommand, type Registrar } from '../program';
import { pathsToProtect, protectedLines, protectPaths } from '../protect-paths';
import type { Run } from '../run';
import { withPassphrase } from '../unlock';
import { isOlder } from '../version';

/** `bulwark start [PATH…] [--foreground]` */
export function registerStart(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'start',
    summary: 'Start the agent and protect a repository',
    more: 'Starts the agent unless it runs, and protects every worktree of the repository at each PATH (of the current folder unless given). A folder that is in no repository is protected alone.',
    examples: [
      ['bulwark start', 'protect the repository you are in'],
      ['bulwark start ~/work/app ~/notes', 'a repository and a plain folder'],
    ],
  })
    .argument('[PATH...]', 'repositories or folders')
    .option('--foreground', 'run the agent in this terminal until Ctrl-C')
    .action((given: readonly string[], { foreground = false }: { foreground?: boolean }) =>
      does(async () => {
        const paths = pathsToProtect(run, given);
        await (foreground ? startHere(run, paths) : startDetached(run, paths));
      }),
    );
}

async function startDetached(run: Run, paths: readonly string[]): Promise<void> {
  const { version } = run.environment;
  let { client, started } = await run.connectOrStart();
  if (!started && isOlder(client.agent.version, version)) {
    run.print(
      `The agent is of version ${client.agent.version}: asking it to make room for ${version}.`,
    );
    await run.access.drain(client, `upgrade to ${version}`, run.signal);
    ({ client, started } = await run.connectOrStart());
  }
  await protectAndTell(run, client, started, paths);
}

async function startHere(run: Run, paths: readonly string[]): Promise<void> {
  const running = await run.find();
  if (running !== null)
    throw new BulwarkError('store-locked', `an agent runs already (pid ${running.agent.pid})`, {
      hint: 'Stop it first with: bulwark stop',
      details: { pid: running.agent.pid },
    });
  const end = new AbortController();
  run.signal.addEventListener('abort', () => end.abort(), { once: true });
  const agent = await withPassphrase(run.environment, run.signal, (passphrase) =>
    run.environment.runAgent({ home: run.access.home, signal: end.signal, passphrase }),
  );
  try {
    const client = await run.find();
    if (client === null)
      throw new BulwarkError('agent-unreachable', 'the agent started but does not listen');
    await protectAndTell(run, client, true, paths);
    run.print('', 'The agent runs in this terminal. Ctrl-C ends it.');
  } catch (error) {
    end.abort();
    await agent.ended;
    throw error;
  }
  await agent.ended;
  run.print('The agent finished its work and left.');
}

async function protectAndTell(
  run: Run,
  client: AgentClient,
  started: boolean,
  paths: readonly string[],
): Promise<void> {
  const { pid, version } = client.agent;
  run.print(`Agent ${version} ${started ? 'started' : 'was running already'}, pid ${pid}.`);
  const worktrees = await protectPaths(run, client, paths);
  run.result({
    agent: { pid, version, home: run.access.home, started },
    worktrees: worktrees.map(worktreeJson),
  });
  run.print(...protectedLines(run, worktrees));
}
