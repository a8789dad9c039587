import type { Command } from 'commander';
import { snapshotJson } from '../json-shapes';
import { keptPath } from '../paths';
import { describeCommand, type Registrar } from '../program';
import { takenLines } from '../snapshot-view';
import { viewOf } from '../view-context';

/** `bulwark snapshot [PATH] [--label TEXT]` */
export function registerSnapshot(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'snapshot',
    summary: 'Take a snapshot of a worktree now',
    more: 'Of the worktree that holds PATH (the current folder unless given).',
    examples: [['bulwark snapshot --label "before the rebase"', 'so that you find it again']],
  })
    .argument('[PATH]', 'a path in a protected worktree')
    .option('--label <text>', 'a name for people')
    .action((path: string | undefined, { label }: { label?: string }) =>
      does(async () => {
        const at = keptPath(run.environment.cwd, path ?? '.');
        const client = await run.connect();
        const snapshot = await run.ask(
          client,
          'snapshot/create',
          label === undefined ? { path: at } : { path: at, label },
          'No snapshot was taken; those you have are untouched.',
        );
        run.result(snapshotJson(snapshot));
        run.print(...takenLines(snapshot, viewOf(run)));
      }),
    );
}
