import type { BackupKind, WorktreeInfo } from '../../agent/protocol/entities';
import type { ResultOf } from '../../agent/protocol/methods';
import { reasonOf } from '../agent-error';
import type { App } from '../app';
import { backupSummary, kindChoices, kindLabel } from '../backup-words';
import { count } from '../format';
import { displayName } from '../names';
import { worktreeChoice } from '../pickers';
import { runStages, type Outcome } from '../stages';
import { targetOf } from '../targets';
import { isPresent } from '../worktree-words';

type Stage =
  | { readonly kind: 'kind' }
  | { readonly kind: 'worktrees'; readonly backup: BackupKind }
  | {
      readonly kind: 'run';
      readonly backup: BackupKind;
      readonly worktrees: readonly WorktreeInfo[];
    };
type Backups = ResultOf<'backup/run'>['backups'];

const TITLE = 'Back Up Now';

/** Back Up Now…: a backup of a kind, of one worktree or several. */
export async function backUpNow(app: App, argument: unknown): Promise<void> {
  const target = await targetOf(app, argument, false);
  const present = app.worktrees.all().filter(isPresent);
  const given = target.kind === 'worktree' ? [target.worktree] : present;
  const isChoice = given.length > 1;
  await runStages<Stage>({ kind: 'kind' }, (stage, canGoBack) => {
    const step = { canGoBack, step: [stage.kind === 'kind' ? 1 : 2, isChoice ? 2 : 1] } as const;
    switch (stage.kind) {
      case 'kind':
        return chooseKind(app, step, (backup) =>
          isChoice ? { kind: 'worktrees', backup } : { kind: 'run', backup, worktrees: given },
        );
      case 'worktrees':
        return chooseWorktrees(app, step, stage.backup, given);
      case 'run':
        return run(app, stage.backup, stage.worktrees);
    }
  });
}

interface Step {
  readonly canGoBack: boolean;
  readonly step: readonly [number, number];
}

async function chooseKind(
  app: App,
  step: Step,
  then: (kind: BackupKind) => Stage,
): Promise<Outcome<Stage>> {
  const picked = await app.ui.pick<BackupKind>({
    ...step,
    title: TITLE,
    placeholder: 'Choose a kind. Each can be restored alone; they differ in what is checked.',
    async choices() {
      const { kinds } = await app.connection.call('backup/schedule', {});
      return kindChoices(kinds, app.now());
    },
  });
  return picked.kind === 'chosen' ? { kind: 'next', stage: then(picked.value) } : picked;
}

async function chooseWorktrees(
  app: App,
  step: Step,
  backup: BackupKind,
  worktrees: readonly WorktreeInfo[],
): Promise<Outcome<Stage>> {
  const current = app.worktrees.current();
  const picked = await app.ui.pickSome<WorktreeInfo>({
    ...step,
    title: `${TITLE}: ${kindLabel(backup)}`,
    placeholder: 'Choose one worktree or several',
    choices: () => Promise.resolve(worktrees.map((one) => worktreeChoice(one, app.now()))),
    marked: ({ source }) => source === current?.source,
  });
  if (picked.kind !== 'chosen') return picked;
  return { kind: 'next', stage: { kind: 'run', backup, worktrees: picked.value } };
}

async function run(
  app: App,
  kind: BackupKind,
  worktrees: readonly WorktreeInfo[],
): Promise<Outcome<Stage>> {
  const [only] = worktrees;
  if (only === undefined) {
    void app.ui.notify('info', 'There is no worktree to back up.', []);
    return { kind: 'done' };
  }
  const names =
    worktrees.length === 1 ? displayName(only.name) : count(worktrees.length, 'worktree');
  const done: Backups = [];
  const title = `${kindLabel(kind)} of ${names}`;
  try {
    await app.ui.progress(title, async (onProgress, signal) => {
      for (const { path } of worktrees) {
        const params = { kind, path };
        const options = { signal, onProgress };
        done.push(...(await app.connection.call('backup/run', params, options)).backups);
      }
    });
  } catch (error) {
    const soFar =
      done.length === 0
        ? 'nothing was backed up'
        : `${count(done.length, 'worktree')} backed up before it`;
    if (reasonOf(error) !== 'cancelled') throw error;
    app.ui.mention(`${title} cancelled: ${soFar}`);
    return { kind: 'done' };
  }
  announce(app, backupSummary(kind, names, done), done);
  return { kind: 'done' };
}

/** Says it once, and does not wait for the answer. */
function announce(app: App, message: string, backups: Backups): void {
  const [first] = backups;
  if (first === undefined) return;
  const severity = backups.some(({ mended }) => mended) ? 'warning' : 'info';
  void app.ui.notify(severity, message, ['Show Snapshot']).then((answer) => {
    if (answer !== undefined) void app.reveal(first.snapshot);
  });
}
