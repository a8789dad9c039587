import type { Command } from 'commander';
import type { ResultOf } from '../../protocol/methods';
import { EXIT, usageError } from '../failure';
import { lossJson, sourceJson, storeJson, worktreeJson } from '../json-shapes';
import { describeCommand, type Registrar } from '../program';
import type { Run } from '../run';
import { integrityLines } from '../integrity-view';
import {
  agentLine,
  lossNotes,
  storeLine,
  waitingLines,
  worktreeNotes,
  worktreeTable,
} from '../status-view';
import { viewOf } from '../view-context';
import { sourceNotes, sourceTable } from '../source-view';
import { StatusWatch } from '../watch';

/** `bulwark status [--watch]` */
export function registerStatus(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'status',
    summary: 'Show the agent and every protected worktree',
    more: 'Exits with 3 when no agent runs; does not start one.',
    examples: [
      ['bulwark status', 'as it is now'],
      ['bulwark status --watch', 'live, until Ctrl-C'],
    ],
  })
    .option('-w, --watch', 'keep showing it as it changes')
    .action(({ watch = false }: { watch?: boolean }) =>
      does(async () => {
        if (watch && run.json)
          throw usageError('--watch is for people, --json for programs', 'Use one of them.');
        const client = await run.find();
        if (client === null) {
          await run.access.requireNone();
          run.result({
            agent: null,
            worktrees: [],
            store: null,
            losses: [],
            sources: [],
            waiting: [],
          });
          run.print(
            'No agent is running: nothing is protected now. Your snapshots are safe.',
            'Start it with: bulwark start',
          );
          return EXIT.notRunning;
        }
        const status = await run.ask(client, 'agent/status', {});
        if (watch) await new StatusWatch(run, client, status).show();
        else showOnce(run, status);
        return EXIT.ok;
      }),
    );
}

function showOnce(run: Run, status: ResultOf<'agent/status'>): void {
  const { agent, worktrees, store, losses = [], sources = [], waiting = [] } = status;
  run.result({
    agent,
    worktrees: worktrees.map(worktreeJson),
    store: storeJson(store),
    losses: losses.map(lossJson),
    sources: sources.map(sourceJson),
    waiting,
  });
  const view = viewOf(run);
  run.print(
    agentLine(agent, agent.uptimeMs, view),
    storeLine(store, view),
    ...integrityLines(store.integrity, view),
    ...waitingLines(waiting, view),
    '',
  );
  if (sources.length > 0)
    run.print(...sourceTable(sources, view), ...sourceNotes(sources, view), '');
  if (worktrees.length === 0) {
    if (sources.length > 0) return;
    run.print('Nothing is protected yet. Go to a repository and run: bulwark start');
    return;
  }
  run.print(...worktreeTable(worktrees, view), ...worktreeNotes(worktrees, view));
  run.print(...lossNotes(losses, view));
}
