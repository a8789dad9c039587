import * as vscode from 'vscode';
import { count } from '../format';
import { themeIcon, tooltip } from '../row-parts';
import { groupCount, type RecoveryGroup } from './recovery-groups';
import { isUnderWay } from './recovery-model';
import type { RecoveryRow } from './recovery-row';
import {
  recoveryDescription,
  recoveryDetails,
  recoveryIcon,
  recoveryName,
  recoveryState,
  stepIcon,
  stepState,
} from './recovery-words';

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

/** What rows of recoveries need to know beside what they stand for. */
export interface RecoveryLook {
  readonly now: () => number;
  /** What a strategy does, in words. */
  readonly strategyTitle: (strategy: string) => string;
}

/** The row of something about recoveries: icon with words beside it, tooltip, and what is spoken. */
export function recoveryItem(row: RecoveryRow, look: RecoveryLook): vscode.TreeItem {
  switch (row.kind) {
    case 'recovery-group':
      return groupItem(row.group);
    case 'recovery':
      return itemOf(row, look.now());
    case 'recovery-plan':
      return planItem(row, look);
    case 'recovery-log': {
      const item = new vscode.TreeItem('Log', Collapsed);
      item.description = count(row.recovery.log.length, 'entry', 'entries');
      item.iconPath = new vscode.ThemeIcon('output');
      return item;
    }
    case 'recovery-line': {
      const { label, text, icon } = row.line;
      const item = new vscode.TreeItem(label, None);
      item.description = text;
      item.iconPath = new vscode.ThemeIcon(icon);
      item.tooltip = tooltip(label, [text]);
      item.accessibilityInformation = { label: `${label}: ${text}` };
      return item;
    }
  }
}

const GROUP_ICONS: Readonly<Record<RecoveryGroup['key'], string>> = {
  waiting: 'question',
  running: 'sync',
  left: 'error',
  done: 'pass',
  back: 'discard',
};

function groupItem(group: RecoveryGroup): vscode.TreeItem {
  const item = new vscode.TreeItem(group.label, group.key === 'back' ? Collapsed : Expanded);
  item.description = groupCount(group);
  item.iconPath = new vscode.ThemeIcon(GROUP_ICONS[group.key]);
  item.contextValue = 'recovery-group';
  item.accessibilityInformation = { label: `${group.label}, ${groupCount(group)}` };
  return item;
}

function itemOf({ recovery }: RecoveryRow & { kind: 'recovery' }, now: number): vscode.TreeItem {
  const name = recoveryName(recovery);
  const item = new vscode.TreeItem(name, Collapsed);
  item.description = recoveryDescription(recovery, now);
  item.iconPath = themeIcon(recoveryIcon(recovery));
  item.contextValue = `recovery.${contextOf(recovery)}`;
  item.tooltip = tooltip(`${name}: ${recoveryState(recovery)}`, recoveryDetails(recovery, now));
  item.accessibilityInformation = {
    label: `Recovery of ${name}, ${recoveryDescription(recovery, now).replaceAll(' · ', ', ')}`,
  };
  return item;
}

function contextOf(recovery: (RecoveryRow & { kind: 'recovery' })['recovery']): string {
  if (recovery.state === 'approval') return 'waiting';
  if (isUnderWay(recovery)) return 'running';
  return recovery.undoable ? 'over.undoable' : 'over';
}

function planItem(
  { plan, step }: RecoveryRow & { kind: 'recovery-plan' },
  { strategyTitle }: RecoveryLook,
): vscode.TreeItem {
  const title = strategyTitle(plan.strategy);
  const label = step === null ? title : `${step.number}. ${title}`;
  const item = new vscode.TreeItem(label, step === null ? Expanded : Collapsed);
  item.description = step === null ? 'proposed' : stepState(step);
  item.iconPath = step === null ? new vscode.ThemeIcon('checklist') : themeIcon(stepIcon(step));
  item.accessibilityInformation = { label: `${label}, ${item.description}` };
  return item;
}
