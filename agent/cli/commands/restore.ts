import type { Command } from 'commander';
import type { AgentClient } from '../../protocol/client';
import type { RestorePlan } from '../../protocol/entities';
import { BulwarkError } from '../../support/errors';
import { displayName } from '../../support/names';
import { EXIT, reasonOf, usageError } from '../failure';
import { planJson } from '../json-shapes';
import { absolutePath, snapshotPath, snapshotRef } from '../paths';
import { isEmptyPlan, planLines, resultLines } from '../plan-view';
import { collect, describeCommand, type Registrar } from '../program';
import { canAsk, confirm } from '../prompt';
import type { Run } from '../run';
import { viewOf } from '../view-context';

/** After a loss the newest snapshot may have been taken after it. */
const NOTHING_TO_DO = [
  'Nothing to do: everything is as in this snapshot.',
  'If you look for an earlier state, choose one from: bulwark snapshots',
] as const;

interface Options {
  readonly path?: readonly string[];
  readonly to?: string;
  readonly withGitState?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `bulwark restore SNAPSHOT [--path P]… [--to DIR] [--with-git-state] [--dry-run] [--yes]` */
export function registerRestore(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'restore',
    summary: 'Bring a snapshot back, whole or in part',
    more: 'Shows what would change and asks. The present state is kept first, so that "bulwark undo" goes back to it.',
    examples: [
      ['bulwark restore 3f2a91 --dry-run', 'only show what would change'],
      ['bulwark restore 3f2a91 --path src/app.ts', 'one file'],
      ['bulwark restore 3f2a91 --to ../rescued', 'into another folder; nothing is deleted there'],
    ],
  })
    .argument('<SNAPSHOT>', 'the beginning of an id, or "latest"')
    .option('--path <path>', 'only this file or folder; may be given several times', collect)
    .option('--to <folder>', 'restore into this folder instead')
    .option('--with-git-state', 'HEAD, index and branch go back too')
    .option('--dry-run', 'show what would change, change nothing')
    .option('-y, --yes', 'do not ask')
    .action((text: string, options: Options) => does(() => restore(run, text, options)));
}

async function restore(run: Run, text: string, options: Options): Promise<number> {
  const { dryRun = false, yes = false } = options;
  const snapshot = snapshotRef(text);
  if (!dryRun && !yes && (run.json || !canAsk(run.environment)))
    throw usageError(
      'restore asks before it changes anything, and nobody can answer here',
      'Add --yes to restore without being asked, or --dry-run to see what would change.',
    );
  const client = await run.connect();
  const plan = await makePlan(run, client, snapshot, options);
  const view = viewOf(run);
  if (dryRun) {
    run.result({ dryRun: true, plan: planJson(plan) });
    const end = isEmptyPlan(plan) ? NOTHING_TO_DO : ['Nothing was changed: this was a dry run.'];
    run.print(...planLines(plan, view), '', ...end);
    return EXIT.ok;
  }
  if (!yes) {
    run.print(...planLines(plan, view), '');
    if (isEmptyPlan(plan)) {
      run.print(...NOTHING_TO_DO);
      return EXIT.ok;
    }
    if (!(await confirm(run.environment, 'Restore?', run.signal)))
      throw new BulwarkError('cancelled', 'not restored', { hint: 'Nothing was changed.' });
  }
  const result = await run.ask(
    client,
    'restore/apply',
    { plan: plan.id },
    'The restore was taken back: the files are as they were before it.',
  );
  run.result(result);
  run.print(...resultLines(result, 'Restored', view));
  return result.verified ? EXIT.ok : EXIT.failed;
}

async function makePlan(
  run: Run,
  client: AgentClient,
  snapshot: string,
  { path = [], to, withGitState = false }: Options,
): Promise<RestorePlan> {
  const { cwd } = run.environment;
  const target = to === undefined ? {} : { to: absolutePath(cwd, to, 'folder of --to') };
  const git = withGitState ? { withGitState } : {};
  if (path.length === 0)
    return await run.ask(client, 'restore/plan', { snapshot, path: cwd, ...target, ...git });
  // The full id from here on: "latest" must not become another one in between.
  const { id, worktree } = await run.ask(client, 'snapshot/show', { snapshot, path: cwd });
  const paths = path.map((text) => snapshotPath(worktree, cwd, text));
  return await run
    .ask(client, 'restore/plan', { snapshot: id, paths, ...target, ...git })
    .catch((error: unknown) => {
      if (reasonOf(error) !== 'entry-missing') throw error;
      throw new BulwarkError(
        'entry-missing',
        error instanceof Error ? error.message : 'not there',
        {
          hint:
            `Looked for ${paths.map(displayName).join(', ')} in the snapshot of ${displayName(worktree)}. ` +
            'A relative --path starts at the current folder when that is in the worktree.',
          cause: error,
        },
      );
    });
}
