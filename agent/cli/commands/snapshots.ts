import type { Command } from 'commander';
import { BulwarkError } from '../../support/errors';
import { reasonOf, usageError } from '../failure';
import { listedJson } from '../json-shapes';
import { keptPath } from '../paths';
import { countOption, describeCommand, type Registrar } from '../program';
import { snapshotTable } from '../snapshot-view';
import { viewOf } from '../view-context';

const DEFAULT_LIMIT = 20;

interface Options {
  readonly all?: boolean;
  readonly limit: number;
}

/** `bulwark snapshots [PATH] [--all] [--limit N]` */
export function registerSnapshots(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'snapshots',
    summary: 'List the snapshots of a worktree, newest first',
    more: 'Of the worktree that holds PATH (the current folder unless given).',
    examples: [
      ['bulwark snapshots', 'of the worktree you are in'],
      ['bulwark snapshots --all --limit 100', 'of every worktree'],
    ],
  })
    .argument('[PATH]', 'a path in a worktree')
    .option('--all', 'the snapshots of every worktree')
    .option('--limit <n>', 'at most so many, 1 to 1000', countOption(1000), DEFAULT_LIMIT)
    .action((path: string | undefined, { all = false, limit }: Options) =>
      does(async () => {
        if (all && path !== undefined) throw usageError('give a PATH or --all, not both');
        const at = keptPath(run.environment.cwd, path ?? '.');
        const client = await run.connect();
        const { snapshots, more } = await run
          .ask(client, 'snapshot/list', all ? { limit } : { path: at, limit })
          .catch((error: unknown) => {
            throw path === undefined && reasonOf(error) === 'not-protected'
              ? new BulwarkError('not-protected', `${at} is not in a protected worktree`, {
                  hint: 'See the snapshots of every worktree with: bulwark snapshots --all',
                  cause: error,
                })
              : error;
          });
        run.result({ snapshots: snapshots.map(listedJson), more });
        if (snapshots.length === 0) {
          run.print('No snapshots yet. Take one with: bulwark snapshot');
          return;
        }
        run.print(...snapshotTable(snapshots, all, viewOf(run)));
        if (more) run.print(run.style.dim(`… and older ones; see more with --limit ${limit * 5}`));
      }),
    );
}
