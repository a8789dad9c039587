import type { Command } from 'commander';
import type { AgentClient } from '../../protocol/client';
import type { RestorePlan } from '../../protocol/entities';
import { BulwarkError } from '../../support/errors';
import { displayName } from '../../support/names';
import { earlierJson, earlierLines, findEarlierState } from '../earlier-state';
import { EXIT, reasonOf, usageError } from '../failure';
import { momentLine } from '../journal-view';
import { planJson } from '../json-shapes';
import { LATEST, namedSnapshot, noLatest, type NamedSnapshot } from '../latest';
import { parseMoment } from '../moment-text';
import { absolutePath, keptPath, shellWord, snapshotPath } from '../paths';
import { isEmptyPlan, planLines, resultLines } from '../plan-view';
import { collect, describeCommand, type Registrar } from '../program';
import { canAsk, confirm } from '../prompt';
import type { Run } from '../run';
import { viewOf } from '../view-context';

/** For whoever types it after a loss. */
const NEWEST = [
  'This is the newest snapshot. It may have been taken after a loss; then choose an earlier one from',
  'bulwark snapshots.',
] as const;

interface Options {
  readonly path?: readonly string[];
  readonly at?: string;
  readonly to?: string;
  readonly withGitState?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `bulwark restore SNAPSHOT|--at TIME [PATH] [--path P]… [--to DIR] [--with-git-state] [--dry-run] [--yes]` */
export function registerRestore(program: Command, { run, does }: Registrar): void {
  describeCommand(program, {
    name: 'restore',
    summary: 'Bring a snapshot back, whole or in part',
    more: 'Shows what would change and asks. The present state is kept first, so that "bulwark undo" goes back to it.',
    examples: [
      ['bulwark restore 3f2a91 --dry-run', 'only show what would change'],
      ['bulwark restore 3f2a91 --path src/app.ts', 'one file'],
      ['bulwark restore --at "10 minutes ago"', 'this worktree as it was then'],
      ['bulwark restore --at 14:05 src', 'only this folder, as it was then'],
      ['bulwark restore 3f2a91 --to ../rescued', 'into another folder; nothing is deleted there'],
    ],
  })
    .argument(
      '[SNAPSHOT]',
      'the beginning of an id, "latest", or source:NAME; with --at a path instead',
    )
    .option(
      '--at <time>',
      'as it was at a time ("10 minutes ago", 14:05, an ISO time), or before an operation',
    )
    .option('--path <path>', 'only this file or folder; may be given several times', collect)
    .option('--to <folder>', 'restore into this folder instead')
    .option('--with-git-state', 'HEAD, index and branch go back too')
    .option('--dry-run', 'show what would change, change nothing')
    .option('-y, --yes', 'do not ask')
    .action((text: string | undefined, options: Options) =>
      does(() => restore(run, text, options)),
    );
}

async function restore(run: Run, text: string | undefined, given: Options): Promise<number> {
  const { dryRun = false, yes = false } = given;
  checkUsage(text, given, run.environment.cwd);
  if (!dryRun && !yes && (run.json || !canAsk(run.environment)))
    throw usageError(
      'restore asks before it changes anything, and nobody can answer here',
      'Add --yes to restore without being asked, or --dry-run to see what would change.',
    );
  const client = await run.connect();
  const { named, options } = await whatToRestore(run, client, text, given);
  const { plan, paths } = await makePlan(run, client, named, options);
  const view = viewOf(run);
  if (dryRun || !yes) run.print(...planLines(plan, view), '');
  if (isEmptyPlan(plan)) return await nothingToDo(run, client, plan, paths, options);
  if (dryRun) {
    run.result({ dryRun: true, plan: planJson(plan), earlier: null });
    run.print('Nothing was changed: this was a dry run.');
    return EXIT.ok;
  }
  if (!yes) {
    if (named.snapshot === LATEST) run.print(...NEWEST);
    if (!(await confirm(run.environment, 'Restore?', run.signal)))
      throw new BulwarkError('cancelled', 'not restored', { hint: 'Nothing was changed.' });
  }
  const result = await run.ask(
    client,
    'restore/apply',
    { plan: plan.id },
    'The restore was taken back: the files are as they were before it.',
  );
  run.result({ ...result, earlier: null });
  run.print(...resultLines(result, 'Restored', view));
  return result.verified ? EXIT.ok : EXIT.failed;
}

function checkUsage(text: string | undefined, { at }: Options, cwd: string): void {
  if (text === undefined && at === undefined)
    throw usageError(
      'which state? Name a SNAPSHOT or a time with --at',
      'See: bulwark snapshots, bulwark journal',
    );
  if (at === undefined) namedSnapshot(text ?? '', cwd);
}

/** The snapshot that was named; or the moment, of the place that was named, and of a part of it. */
async function whatToRestore(
  run: Run,
  client: AgentClient,
  text: string | undefined,
  options: Options,
): Promise<{ named: NamedSnapshot; options: Options }> {
  const { environment } = run;
  if (options.at === undefined)
    return { named: namedSnapshot(text ?? '', environment.cwd), options };
  const place = keptPath(environment.cwd, text ?? '.');
  const asked = parseMoment(options.at, environment.clock.now());
  const moment = await run.ask(client, 'journal/moment', {
    moment: asked.kind === 'time' ? { ...asked, path: place } : asked,
  });
  const { id, worktree } = moment.snapshot;
  run.print(momentLine(moment, viewOf(run)));
  const part =
    text === undefined || place.startsWith('source:')
      ? ''
      : snapshotPath(worktree, environment.cwd, place);
  const path = part === '' ? options.path : [...(options.path ?? []), place];
  const named = { snapshot: id, path: environment.cwd };
  return { named, options: path === undefined ? options : { ...options, path } };
}

/** Changes nothing, keeps nothing, and leads on to the state that was probably meant. */
async function nothingToDo(
  run: Run,
  client: AgentClient,
  plan: RestorePlan,
  paths: readonly string[],
  { dryRun = false, withGitState = false, path = [], to }: Options,
): Promise<number> {
  const earlier = to === undefined ? await findEarlierState(run, client, plan, paths) : null;
  const { target, unchanged, notes } = plan;
  run.result(
    dryRun
      ? { dryRun: true, plan: planJson(plan), earlier: earlierJson(earlier) }
      : {
          operation: null,
          target,
          restored: 0,
          deleted: 0,
          unchanged,
          undo: null,
          verified: true,
          notes,
          durationMs: 0,
          earlier: earlierJson(earlier),
        },
  );
  run.print('Nothing to do: everything is as in this snapshot.');
  if (to !== undefined) return EXIT.ok;
  const again = [
    ...path.flatMap((text) => ['--path', shellWord(text)]),
    ...(withGitState ? ['--with-git-state'] : []),
  ];
  run.print(...earlierLines(earlier, again, viewOf(run)));
  return EXIT.ok;
}

async function makePlan(
  run: Run,
  client: AgentClient,
  { snapshot, path: at }: NamedSnapshot,
  { path = [], to, withGitState = false }: Options,
): Promise<{ plan: RestorePlan; paths: readonly string[] }> {
  const { cwd } = run.environment;
  const target = to === undefined ? {} : { to: absolutePath(cwd, to, 'folder of --to') };
  const git = withGitState ? { withGitState } : {};
  if (path.length === 0) {
    const params = { snapshot, path: at, ...target, ...git };
    const plan = await run.ask(client, 'restore/plan', params).catch(noLatest(snapshot, at));
    return { plan, paths: [] };
  }
  // The full id from here on: "latest" must not become another one in between.
  const { id, worktree } = await run
    .ask(client, 'snapshot/show', { snapshot, path: at })
    .catch(noLatest(snapshot, at));
  const paths = path.map((text) => snapshotPath(worktree, cwd, text));
  const plan = await run
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
  return { plan, paths };
}
