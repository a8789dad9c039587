import * as vscode from 'vscode';
import type { WorktreeInfo } from '../agent/protocol/entities';
import { byteSize, count } from './format';
import { displayName } from './names';
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

/** The row of a node: label, icon with words beside it, tooltip, and what a screen reader says. */
export function treeItem(node: TreeNode, now: number): vscode.TreeItem {
  const item = itemOf(node, now);
  item.id = node.id;
  return item;
}

/** All that can be seen of a row, to tell whether it has to be drawn anew. */
export function faceOf(node: TreeNode, now: number): string {
  const item = itemOf(node, now);
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

function itemOf(node: TreeNode, now: number): vscode.TreeItem {
  const { value } = node;
  switch (value.kind) {
    case 'worktree':
      return worktreeItem(value, now);
    case 'day':
      return dayItem(value);
    case 'snapshot':
      return snapshotItem(value, now);
    case 'entry':
      return entryItem(value);
    case 'more':
      return moreItem(node, value.worktree);
  }
}

function worktreeItem(
  { worktree }: NodeValue & { kind: 'worktree' },
  now: number,
): vscode.TreeItem {
  const words = describeWorktree(worktree, now);
  const name = displayName(worktree.name);
  const item = new vscode.TreeItem(name, Collapsed);
  // The state last: it may be cut off, for git shows it elsewhere.
  const parts = [words.branch, words.protection, words.state].filter((part) => part !== '');
  item.description = parts.join(' · ');
  item.iconPath = new vscode.ThemeIcon(
    words.icon.id,
    words.icon.color === undefined ? undefined : new vscode.ThemeColor(words.icon.color),
  );
  item.contextValue = isPresent(worktree) ? 'worktree.present' : 'worktree.absent';
  item.tooltip = tooltip(displayName(worktree.path), worktreeDetails(worktree, now));
  const spoken = [words.branch, words.state, protectionDetail(worktree, now)];
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

/** A tooltip whose text cannot be read as Markdown, as links or as icons. */
export function tooltip(heading: string, lines: readonly string[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  markdown.appendMarkdown('**').appendText(heading).appendMarkdown('**\n\n');
  for (const line of lines) markdown.appendText(line).appendMarkdown('  \n');
  // Text is appended with blanks that cannot break, so that long lines would break inside of words.
  markdown.value = markdown.value.replace(/(?<!&nbsp;)&nbsp;(?!&nbsp;)/g, ' ');
  return markdown;
}
