import type { RecoveryInfo } from '../../agent/protocol/recovery-entities';
import type { App } from '../app';
import { isActive, subjectLabel } from '../health/alert-words';
import { componentName } from '../health/component-words';
import { displayName } from '../names';
import { decide } from '../recoveries/decide';
import { isOpen } from '../recoveries/recovery-model';
import { dryRunText } from '../recoveries/recovery-text';
import { recoveryDescription, recoveryIcon, recoveryName } from '../recoveries/recovery-words';
import { TreeNode } from '../tree-node';
import type { Choice } from '../ui';
import { takeBack, watchRecovery } from './recovery-flow';

/** Approve Recovery…: shows the plan, then asks. */
export async function approveRecovery(app: App, argument: unknown): Promise<void> {
  const recovery = await recoveryOf(app, argument, {
    title: 'Approve Recovery',
    only: ({ state }) => state === 'approval',
    empty: 'No recovery waits for approval.',
  });
  if (recovery !== null) await reviewRecovery(app, recovery.id);
}

/** The plan of a recovery that waits for a yes, and what a person says to it. */
export async function reviewRecovery(app: App, id: string): Promise<void> {
  const recovery = await app.connection.call('recovery/show', { recovery: id });
  const name = recoveryName(recovery);
  const { proposal, message } = recovery;
  if (recovery.state !== 'approval' || proposal === null) {
    await app.show({ recovery: recovery.id });
    return;
  }
  const decision = await decide(app, {
    title: `Approve Recovery of ${name}`,
    name,
    message,
    plans: [proposal],
    action: 'Approve',
    canRefuse: true,
    details: () => app.recoveryDocuments.show(recovery),
  });
  if (decision.kind === 'nothing') return;
  const by = app.person();
  if (decision.kind === 'refuse') {
    app.recoveries.take(await app.connection.call('recovery/cancel', { recovery: id, by }));
    app.ui.mention(`Declined: nothing is done about ${name}`);
    return;
  }
  await watchRecovery(app, await app.connection.call('recovery/approve', { recovery: id, by }));
}

/** Cancel Recovery: what it did and was not verified is taken back. */
export async function cancelRecovery(app: App, argument: unknown): Promise<void> {
  const recovery = await recoveryOf(app, argument, {
    title: 'Cancel Recovery',
    only: isOpen,
    empty: 'No recovery is under way.',
  });
  if (recovery === null) return;
  const name = recoveryName(recovery);
  const order = { recovery: recovery.id, by: app.person() };
  const cancelled = await app.ui.progress(`Cancelling the recovery of ${name}`, (_, signal) =>
    app.connection.call('recovery/cancel', order, { signal }),
  );
  app.recoveries.take(cancelled);
  app.ui.mention(`Recovery cancelled: ${name}`);
}

/** Undo Recovery…: asks, then takes back what it did. */
export async function undoRecovery(app: App, argument: unknown): Promise<void> {
  const recovery = await recoveryOf(app, argument, {
    title: 'Undo Recovery',
    only: ({ undoable }) => undoable,
    empty: 'No recovery left anything that could be undone.',
  });
  if (recovery === null) return;
  const agreed = await app.ui.confirm({
    message: `Undo the recovery of ${recoveryName(recovery)}?`,
    detail: `What it did is taken back, so that the fault may be there again. Bulwark then leaves it to you.\n${displayName(recovery.message)}`,
    action: 'Undo Recovery',
  });
  if (agreed) await takeBack(app, recovery);
}

/** Show Details of Recovery: all that was seen, tried and written down. */
export async function showRecovery(app: App, argument: unknown): Promise<void> {
  const recovery = await recoveryOf(app, argument, {
    title: 'Show Details of Recovery',
    only: () => true,
    empty: 'Nothing had to be recovered yet.',
  });
  if (recovery !== null) await app.recoveryDocuments.show(recovery);
}

/** Explain Recovery (Dry Run)…: what would be done about something. Changes nothing. */
export async function explainRecovery(app: App, argument: unknown): Promise<void> {
  const target = targetOf(argument) ?? (await pickTarget(app));
  if (target === null) return;
  const answer = await app.connection.call('recovery/plan', { target: target.id });
  const text = dryRunText(answer, target.name, {
    title: (strategy) => app.recoveries.title(strategy),
  });
  await app.recoveryDocuments.showText(`Dry run for ${target.name}`, text);
}

interface Target {
  /** As `recovery/plan` takes it. */
  readonly id: string;
  readonly name: string;
}

function targetOf(argument: unknown): Target | null {
  if (!(argument instanceof TreeNode)) return null;
  const { value } = argument;
  switch (value.kind) {
    case 'alert':
      return { id: value.alert.id, name: subjectLabel(value.alert.subject) };
    case 'component':
      return { id: value.component.id, name: componentName(value.component) };
    case 'worktree':
      return { id: value.worktree.path, name: displayName(value.worktree.name) };
    default:
      return null;
  }
}

async function pickTarget(app: App): Promise<Target | null> {
  const choice = (icon: string, description: string, target: Target): Choice<Target> => ({
    label: target.name,
    icon,
    description,
    value: target,
  });
  const picked = await app.ui.pick<Target>({
    title: 'Explain Recovery (Dry Run)',
    placeholder: 'Choose what to explain; nothing is done',
    canGoBack: false,
    choices: async () => [
      ...app.monitor.alerts
        .filter((alert) => isActive(alert) && alert.recoverable === true)
        .map((alert) =>
          choice('warning', alert.title, { id: alert.id, name: subjectLabel(alert.subject) }),
        ),
      ...app.model.list.map(({ path, name }) =>
        choice('repo', displayName(path), { id: path, name: displayName(name) }),
      ),
      ...app.monitor.components.map((component) =>
        choice('server-process', component.kind, {
          id: component.id,
          name: componentName(component),
        }),
      ),
      choice('database', 'where everything is kept', { id: 'store', name: 'the store' }),
      choice('shield', 'Bulwark itself', { id: 'agent', name: 'the agent' }),
      choice('vm', 'all that Bulwark runs on it', { id: 'machine', name: 'this machine' }),
    ],
  });
  return picked.kind === 'chosen' ? picked.value : null;
}

interface Wanted {
  readonly title: string;
  readonly only: (recovery: RecoveryInfo) => boolean;
  readonly empty: string;
}

/** The recovery of a row, or one that the person picks. */
async function recoveryOf(
  app: App,
  argument: unknown,
  { title, only, empty }: Wanted,
): Promise<RecoveryInfo | null> {
  if (argument instanceof TreeNode && argument.value.kind === 'recovery') {
    return argument.value.recovery;
  }
  const picked = await app.ui.pick<RecoveryInfo>({
    title,
    placeholder: 'Choose a recovery',
    empty,
    canGoBack: false,
    choices: async () =>
      app.recoveries.list.filter(only).map((recovery) => ({
        label: recoveryName(recovery),
        icon: recoveryIcon(recovery).id,
        description: recoveryDescription(recovery, app.now()),
        value: recovery,
      })),
  });
  return picked.kind === 'chosen' ? picked.value : null;
}
