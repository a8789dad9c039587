import * as vscode from 'vscode';
import type { AlertInfo, Silence } from '../../agent/protocol/health-entities';
import type { App } from '../app';
import { moment } from '../format';
import {
  alertDescription,
  alertIcon,
  alertText,
  byUrgency,
  isActive,
  subjectLabel,
} from '../health/alert-words';
import { displayName } from '../names';
import { TreeNode } from '../tree-node';
import type { Choice } from '../ui';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** As the wire has it. */
const LONGEST_TEXT = 1000;
/** More causes of causes than there can be. */
const DEEPEST = 5;

/** Acknowledge Alert: somebody has seen it. */
export async function acknowledgeAlert(app: App, argument: unknown): Promise<void> {
  const alert = await alertOf(app, argument, {
    title: 'Acknowledge Alert',
    only: (one) => isActive(one) && one.acknowledged === null,
    empty: 'No alert waits to be acknowledged.',
  });
  if (alert === null) return;
  await app.connection.call('alert/acknowledge', { alert: alert.id, by: app.person() });
  app.ui.mention(`Acknowledged: ${alert.title}`);
}

/** Silence Alert…: for how long, of what, and why. */
export async function silenceAlert(app: App, argument: unknown): Promise<void> {
  const alert = await alertOf(app, argument, {
    title: 'Silence Alert',
    only: (one) => isActive(one) && one.silencedBy === null,
    empty: 'No alert is there that could be silenced.',
  });
  if (alert === null) return;
  const matchers = await askMatchers(app, alert);
  if (matchers === null) return;
  const forMs = await askDuration(app);
  if (forMs === null) return;
  const reason = await app.ui.ask({
    title: 'Silence Alert',
    prompt: 'Nobody is told of it until then; the view still shows it.',
    placeholder: 'Why (Enter for: silenced in VS Code)',
  });
  if (reason === null) return;
  const silence = await app.connection.call('alert/silence', {
    matchers,
    by: app.person(),
    reason: reason.trim().slice(0, LONGEST_TEXT) || 'silenced in VS Code',
    forMs,
  });
  await app.monitor.reload();
  app.ui.mention(`Silenced until ${moment(silence.endsAt, app.now())}: ${alert.title}`);
}

/** End Silence: the alert is told of again. */
export async function endSilence(app: App, argument: unknown): Promise<void> {
  const alert = await alertOf(app, argument, {
    title: 'End Silence',
    only: ({ silencedBy }) => silencedBy !== null,
    empty: 'No alert is silenced.',
  });
  if (alert?.silencedBy == null) return;
  await app.connection.call('alert/endSilence', { silence: alert.silencedBy });
  await app.monitor.reload();
  app.ui.mention(`No longer silenced: ${alert.title}`);
}

/** Resolve Alert: over, as far as the person knows. */
export async function resolveAlert(app: App, argument: unknown): Promise<void> {
  const alert = await alertOf(app, argument, {
    title: 'Resolve Alert',
    only: isActive,
    empty: 'No alert is there that could be resolved.',
  });
  if (alert === null) return;
  await app.connection.call('alert/resolve', { alert: alert.id });
  app.ui.mention(`Resolved: ${alert.title}. It comes back if it is still so.`);
}

/** Go to Cause of Alert: the worktree, component or file that it began with. */
export async function goToCause(app: App, argument: unknown): Promise<void> {
  const alert = await alertOf(app, argument, {
    title: 'Go to Cause of Alert',
    only: isActive,
    empty: 'Nothing is wrong.',
  });
  if (alert === null) return;
  const { subject, id } = causeOf(app, alert);
  switch (subject.kind) {
    case 'component':
      await app.show({ component: subject.id });
      return;
    case 'settings':
      await vscode.window.showTextDocument(vscode.Uri.file(subject.id));
      return;
    case 'worktree':
    case 'repository': {
      const worktree = app.model.list.find((one) =>
        subject.kind === 'worktree'
          ? one.source === subject.id
          : one.repository === subject.id && one.main,
      );
      if (worktree === undefined) await app.show({ alert: id });
      else await app.show({ worktree: worktree.source });
      return;
    }
    case 'machine':
    case 'agent':
      await app.show({ alert: id });
  }
}

/** Copy Alert: as text. */
export async function copyAlert(app: App, argument: unknown): Promise<void> {
  if (!(argument instanceof TreeNode) || argument.value.kind !== 'alert') return;
  await vscode.env.clipboard.writeText(alertText(argument.value.alert));
  app.ui.mention('The alert was copied');
}

function causeOf(app: App, alert: AlertInfo): AlertInfo {
  let cause = alert;
  for (let depth = 0; depth < DEEPEST && cause.inhibitedBy !== null; depth += 1) {
    const next = app.monitor.alert(cause.inhibitedBy);
    if (next === undefined) break;
    cause = next;
  }
  return cause;
}

type Matchers = Silence['matchers'];

async function askMatchers(app: App, alert: AlertInfo): Promise<Matchers | null> {
  const of = subjectLabel(alert.subject);
  const choices: Choice<Matchers>[] = [
    {
      label: 'This alert',
      description: displayName(alert.message),
      value: [{ label: 'fingerprint', value: alert.id }],
    },
    {
      label: `Everything about ${of}`,
      value: [{ label: 'subject', value: alert.subject.name }],
    },
    {
      label: 'The same fault everywhere',
      description: alert.title,
      value: [{ label: 'fault', value: alert.fault }],
    },
  ];
  return choose(app, 'Choose what to silence', 1, choices);
}

function askDuration(app: App): Promise<number | null> {
  return choose(app, 'Choose for how long', 2, [
    { label: '15 minutes', value: 15 * MINUTE },
    { label: '1 hour', value: HOUR },
    { label: '4 hours', value: 4 * HOUR },
    { label: '24 hours', value: 24 * HOUR },
  ]);
}

async function choose<T>(
  app: App,
  placeholder: string,
  step: number,
  choices: readonly Choice<T>[],
): Promise<T | null> {
  const picked = await app.ui.pick<T>({
    title: 'Silence Alert',
    placeholder,
    step: [step, 3],
    canGoBack: false,
    choices: async () => choices,
  });
  return picked.kind === 'chosen' ? picked.value : null;
}

interface Wanted {
  readonly title: string;
  readonly only: (alert: AlertInfo) => boolean;
  readonly empty: string;
}

/** The alert of a row, or one that the person picks. */
export async function alertOf(
  app: App,
  argument: unknown,
  { title, only, empty }: Wanted,
): Promise<AlertInfo | null> {
  if (argument instanceof TreeNode && argument.value.kind === 'alert') return argument.value.alert;
  const picked = await app.ui.pick<AlertInfo>({
    title,
    placeholder: 'Choose an alert',
    empty,
    canGoBack: false,
    choices: async () =>
      app.monitor.alerts
        .filter(only)
        .sort(byUrgency)
        .map((alert) => ({
          label: `${alert.title}: ${subjectLabel(alert.subject)}`,
          icon: alertIcon(alert).id,
          description: alertDescription(alert, app.now()),
          detail: displayName(alert.message),
          value: alert,
        })),
  });
  return picked.kind === 'chosen' ? picked.value : null;
}
