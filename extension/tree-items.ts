import * as vscode from 'vscode';
import type { WorktreeInfo } from '../agent/protocol/entities';
import type { AlertInfo } from '../agent/protocol/health-entities';
import { byteSize, count } from './format';
import { healthItem, type HealthLook } from './health/health-items';
import { displayName } from './names';
import { recoveryItem, type RecoveryLook } from './recoveries/recovery-items';
import { themeIcon, tooltip } from './row-parts';
import {
  snapshotDescription,
  snapshotDetails,
  snapshotIcon,
  snapshotSpoken,
  snapshotTime,
} from './snapshot-words';
import { snapshotUri } from './snapshot-uri';
import type { NodeValue, TreeNode } from './tree-node';
import { describeWorktree, isPresent, protectionDetail, worktreeDetails } from './worktree-words';

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

/** What rows need to know beside what they stand for. */
export interface RowLook extends HealthLook, RecoveryLook {
  /** Where a worktree is, as far as it tells it from others of its name; else nothing. */
  readonly placeOf: (worktree: WorktreeInfo) => string;
  /** Alerts of a worktree that are not over. */
  readonly faultsOf: (worktree: WorktreeInfo) => readonly AlertInfo[];
}

/** The row of a node: label, icon with words beside it, tooltip, and what a screen reader says. */
export function treeItem(node: TreeNode, look: RowLook): vscode.TreeItem {
  const item = itemOf(node, look);
  item.id = node.id;
  return item;
}

/** All that can be seen of a row, to tell whether it has to be drawn anew. */
export function faceOf(node: TreeNode, look: RowLook): string {
  const item = itemOf(node, look);
  const { label, description, iconPath, contextValue, accessibilityInformation } = item;
  const told = item.tooltip instanceof vscode.MarkdownString ? item.tooltip.value : item.tooltip;
  return JSON.stringify([
    label,
    description,
    iconPath,
    contextValue,
    accessibilityInformation,
    told,
  ]);
}

function itemOf(node: TreeNode, look: RowLook): vscode.TreeItem {
  const { value } = node;
  switch (value.kind) {
    case 'worktree':
      return worktreeItem(value, look);
    case 'day':
      return dayItem(value);
    case 'snapshot':
      return snapshotItem(value, look.now());
    case 'entry':
      return entryItem(value);
    case 'more':
      return moreItem(node, value.worktree);
    case 'scope':
    case 'component':
    case 'alert-group':
    case 'alert':
      return healthItem(value, look);
    case 'recovery-group':
    case 'recovery':
    case 'recovery-plan':
    case 'recovery-log':
    case 'recovery-line':
      return recoveryItem(value, look);
  }
}

function worktreeItem(
  { worktree }: NodeValue & { kind: 'worktree' },
  look: RowLook,
): vscode.TreeItem {
  const now = look.now();
  const words = describeWorktree(worktree, now, look.faultsOf(worktree));
  const name = displayName(worktree.name);
  const item = new vscode.TreeItem(name, Collapsed);
  // The state last: it may be cut off, for git shows it elsewhere.
  const place = displayName(look.placeOf(worktree));
  const parts = [place, words.faults, words.branch, words.protection, words.state].filter(
    (part) => part !== '',
  );
  item.description = parts.join(' · ');
  item.iconPath = themeIcon(words.icon);
  item.contextValue = isPresent(worktree) ? 'worktree.present' : 'worktree.absent';
  item.tooltip = tooltip(displayName(worktree.path), worktreeDetails(worktree, now));
  const spoken = [place, words.branch, words.faults, words.state, protectionDetail(worktree, now)];
  item.accessibilityInformation = {
    label: `Worktree ${name}, ${spoken.filter((part) => part !== '').join(', ')}`,
  };
  return item;
}

function dayItem(value: NodeValue & { kind: 'day' }): vscode.TreeItem {
  const item = new vscode.TreeItem(value.label, value.label === 'Today' ? Expanded : Collapsed);
  const many = count(value.snapshots.length, 'snapshot');
  item.description = many;
  item.contextValue = 'day';
  item.accessibilityInformation = { label: `${value.label}, ${many}` };
  return item;
}

function snapshotItem(
  { snapshot }: NodeValue & { kind: 'snapshot' },
  now: number,
): vscode.TreeItem {
  const item = new vscode.TreeItem(snapshotTime(snapshot), Collapsed);
  item.description = snapshotDescription(snapshot);
  item.iconPath = new vscode.ThemeIcon(snapshotIcon(snapshot));
  item.contextValue = snapshot.pinned === null ? 'snapshot.unpinned' : 'snapshot.pinned';
  item.tooltip = tooltip(snapshotSpoken(snapshot, now), snapshotDetails(snapshot, now));
  item.accessibilityInformation = { label: snapshotSpoken(snapshot, now) };
  return item;
}

function entryItem({ snapshot, path, entry }: NodeValue & { kind: 'entry' }): vscode.TreeItem {
  const name = displayName(entry.name);
  const uri = snapshotUri(snapshot.id, path);
  const isFolder = entry.kind === 'folder';
  const item = new vscode.TreeItem(name, isFolder ? Collapsed : None);
  item.resourceUri = uri;
  item.iconPath = isFolder ? vscode.ThemeIcon.Folder : vscode.ThemeIcon.File;
  item.contextValue = isFolder ? 'entry.folder' : 'entry.file';
  item.tooltip = displayName(path);
  if (entry.kind === 'nested') {
    item.contextValue = 'entry.nested';
    item.description = 'a worktree of its own';
    item.iconPath = new vscode.ThemeIcon('repo');
  } else if (!isFolder) {
    item.description =
      entry.kind === 'link' ? `→ ${displayName(entry.target ?? '')}` : byteSize(entry.size);
    item.command = { command: 'vscode.open', title: 'Open', arguments: [uri, { preview: true }] };
  }
  return item;
}

function moreItem(node: TreeNode, worktree: WorktreeInfo): vscode.TreeItem {
  const item = new vscode.TreeItem('Load more');
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.command = {
    command: 'bulwark.loadMore',
    title: 'Load More Snapshots',
    arguments: [node],
  };
  item.accessibilityInformation = {
    label: `Load more snapshots of ${displayName(worktree.name)}`,
    role: 'button',
  };
  return item;
}
