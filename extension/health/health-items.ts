import * as vscode from 'vscode';
import type { AlertInfo, Silence } from '../../agent/protocol/health-entities';
import { age } from '../format';
import { displayName } from '../names';
import { themeIcon, tooltip } from '../row-parts';
import type { NodeValue } from '../tree-node';
import { alertDescription, alertDetails, alertIcon, alertMarks, isActive } from './alert-words';
import {
  componentDescription,
  componentDetails,
  componentIcon,
  componentName,
  isRunning,
  stateWords,
} from './component-words';
import { groupDescription, type AlertGroup, type Scope } from './groups';

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

/** What rows of components and alerts need to know beside what they stand for. */
export interface HealthLook {
  readonly now: () => number;
  readonly silence: (id: string) => Silence | undefined;
  readonly alert: (id: string) => AlertInfo | undefined;
  readonly consequences: (alert: AlertInfo) => readonly AlertInfo[];
}

type HealthValue = NodeValue & { kind: 'scope' | 'component' | 'alert-group' | 'alert' };

/** The row of something about health: icon with words beside it, tooltip, and what is spoken. */
export function healthItem(value: HealthValue, look: HealthLook): vscode.TreeItem {
  switch (value.kind) {
    case 'scope':
      return scopeItem(value.scope);
    case 'component':
      return componentItem(value, look.now());
    case 'alert-group':
      return groupItem(value.group);
    case 'alert':
      return alertItem(value.alert, look);
  }
}

function scopeItem({ label, description, file, components }: Scope): vscode.TreeItem {
  const item = new vscode.TreeItem(label, components.length > 0 ? Expanded : None);
  item.description = description;
  const isWaiting = file?.approved === false && components.length > 0;
  item.iconPath = new vscode.ThemeIcon(
    isWaiting ? 'lock' : file === null ? 'plug' : file.foreign ? 'repo' : 'account',
  );
  item.contextValue = scopeContext(file, isWaiting);
  const lines = (file?.problems ?? []).map(({ component, key, message }) => {
    const where = [component ?? '', key].filter((part) => part !== '').join('.');
    return displayName(where === '' ? message : `${where}: ${message}`);
  });
  if (isWaiting) lines.unshift('Nothing of it is run or asked before you have approved it.');
  item.tooltip = tooltip(file === null ? label : displayName(file.file), lines);
  item.accessibilityInformation = { label: `${label}, ${description}` };
  return item;
}

function scopeContext(file: Scope['file'], isWaiting: boolean): string {
  if (file === null) return 'scope.program';
  if (isWaiting) return 'scope.file.waiting';
  return file.foreign ? 'scope.file.approved' : 'scope.file';
}

function componentItem(
  { component }: NodeValue & { kind: 'component' },
  now: number,
): vscode.TreeItem {
  const name = componentName(component);
  const item = new vscode.TreeItem(name, None);
  item.description = componentDescription(component);
  item.iconPath = themeIcon(componentIcon(component.state));
  const isApproved = component.state.kind !== 'unapproved';
  const runs = isRunning(component) ? 'running' : 'stopped';
  item.contextValue =
    component.kind === 'process' && isApproved ? `component.process.${runs}` : 'component';
  if (component.origin.kind === 'settings') item.contextValue += '.described';
  item.tooltip = tooltip(name, componentDetails(component, now));
  item.accessibilityInformation = {
    label: `Component ${name}, ${component.kind}, ${stateWords(component.state)}`,
  };
  return item;
}

const GROUP_ICONS: Readonly<Record<AlertGroup['kind'], string>> = {
  machine: 'vm',
  agent: 'shield',
  component: 'server-process',
  worktree: 'repo',
  repository: 'repo',
  settings: 'settings-gear',
  over: 'history',
};

function groupItem(group: AlertGroup): vscode.TreeItem {
  const item = new vscode.TreeItem(group.label, group.kind === 'over' ? Collapsed : Expanded);
  item.description = groupDescription(group);
  item.iconPath = new vscode.ThemeIcon(GROUP_ICONS[group.kind]);
  item.contextValue = group.kind === 'over' ? 'alert-group.over' : 'alert-group';
  item.accessibilityInformation = { label: `${group.label}, ${groupDescription(group)}` };
  return item;
}

function alertItem(alert: AlertInfo, look: HealthLook): vscode.TreeItem {
  const hasMore = isActive(alert) && look.consequences(alert).length > 0;
  const now = look.now();
  const item = new vscode.TreeItem(alert.title, hasMore ? Collapsed : None);
  item.description = alertDescription(alert, now);
  item.iconPath = themeIcon(alertIcon(alert));
  item.contextValue = alertContext(alert);
  const silence = alert.silencedBy === null ? undefined : look.silence(alert.silencedBy);
  const cause = alert.inhibitedBy === null ? undefined : look.alert(alert.inhibitedBy);
  const extras = {
    ...(silence === undefined ? {} : { silence }),
    ...(cause === undefined ? {} : { cause }),
  };
  const severity = alert.state === 'resolved' ? 'over' : alert.severity;
  item.tooltip = tooltip(`${alert.title} (${severity})`, alertDetails(alert, { ...extras, now }));
  const spoken = [severity, alert.message, ...alertMarks(alert), age(alert.startsAt, now)];
  item.accessibilityInformation = { label: displayName(spoken.join(', ')) };
  return item;
}

function alertContext(alert: AlertInfo): string {
  if (!isActive(alert)) return 'alert.over';
  const seen = alert.acknowledged === null ? 'unseen' : 'seen';
  const heard = alert.silencedBy === null ? 'audible' : 'silenced';
  const canBeFixed = alert.recoverable === true ? '.fixable' : '';
  return `alert.active.${seen}${canBeFixed}.${heard}`;
}
