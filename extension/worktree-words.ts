import type { WorktreeInfo, WorktreeState } from '../agent/protocol/entities';
import type { AlertInfo } from '../agent/protocol/health-entities';
import { age, count } from './format';
import { displayName } from './names';

/** What a row of the tree says about a worktree. Every icon has words beside it. */
export interface WorktreeWords {
  readonly branch: string;
  /** State and uncommitted files: `merging, 3 uncommitted`. */
  readonly state: string;
  readonly protection: string;
  /** What is wrong with it: `2 faults`, or nothing. */
  readonly faults: string;
  readonly icon: WorktreeIcon;
}

/** Name of a product icon, and the theme colour that goes with it where one helps. */
export interface WorktreeIcon {
  readonly id: string;
  readonly color?: string;
}

const STATE_WORDS: Readonly<Record<WorktreeState, string | null>> = {
  clean: 'clean',
  dirty: null,
  conflicted: 'conflicts',
  merging: 'merging',
  rebasing: 'rebasing',
  'cherry-picking': 'cherry-picking',
  reverting: 'reverting',
  bisecting: 'bisecting',
  unborn: 'no commits yet',
  plain: null,
  missing: 'deleted from disk',
  // Git says nothing: not yet, or because something of its own is broken. Files are saved anyway.
  unreadable: 'git state unknown',
};

/** Describes a worktree in words; `now` in milliseconds since 1970, `alerts` those that are not over. */
export function describeWorktree(
  worktree: WorktreeInfo,
  now: number,
  alerts: readonly AlertInfo[] = [],
): WorktreeWords {
  const faults = alerts.filter(({ severity }) => severity !== 'info');
  return {
    branch: branchWords(worktree),
    state: stateWords(worktree),
    protection: protectionWords(worktree, now),
    faults: faults.length === 0 ? '' : count(faults.length, 'fault'),
    icon: faults.length > 0 && isPresent(worktree) ? TROUBLED : worktreeIcon(worktree),
  };
}

/** Files with uncommitted changes, a file in two lists counted in both. */
function uncommitted(worktree: WorktreeInfo): number {
  const changes = worktree.changes;
  if (changes === null) return 0;
  return changes.staged + changes.unstaged + changes.untracked + changes.conflicted;
}

/** Whether a person must do something before this worktree is safe again. */
export function needsPerson(worktree: WorktreeInfo): boolean {
  return worktree.protection.kind === 'failing' && isPresent(worktree);
}

/** Whether the worktree's folder is there. */
export function isPresent(worktree: WorktreeInfo): boolean {
  return worktree.state !== 'missing';
}

function branchWords(worktree: WorktreeInfo): string {
  if (worktree.branch !== null) return displayName(worktree.branch);
  if (worktree.repository === null) return 'folder';
  if (worktree.head !== null) return `detached at ${worktree.head.slice(0, 7)}`;
  return 'no branch';
}

function stateWords(worktree: WorktreeInfo): string {
  const changed = uncommitted(worktree);
  const words = [STATE_WORDS[worktree.state]];
  if (changed > 0) words.push(`${changed.toLocaleString('en')} uncommitted`);
  else if (worktree.state === 'dirty') words.push('changed');
  return words.filter((word) => word !== null).join(', ');
}

function protectionWords(worktree: WorktreeInfo, now: number): string {
  const last = worktree.lastSnapshot;
  const saved = last === null ? 'not saved yet' : age(last.createdAt, now);
  switch (worktree.protection.kind) {
    case 'current':
    case 'pending':
      return saved;
    case 'capturing':
      return 'saving now';
    case 'failing':
      return last === null ? 'not saving' : `not saving, last ${saved}`;
    case 'never':
      return 'not saved yet';
  }
}

const TROUBLED: WorktreeIcon = { id: 'warning', color: 'list.warningForeground' };

function worktreeIcon(worktree: WorktreeInfo): WorktreeIcon {
  if (worktree.state === 'missing') return { id: 'trash', color: 'list.deemphasizedForeground' };
  if (needsPerson(worktree)) return TROUBLED;
  switch (worktree.protection.kind) {
    case 'capturing':
      return { id: 'sync~spin' };
    case 'pending':
      return { id: 'history' };
    case 'never':
      return { id: 'circle-large-outline' };
    case 'current':
    case 'failing':
      return { id: 'shield' };
  }
}

/** Everything about a worktree, as lines of a tooltip. */
export function worktreeDetails(worktree: WorktreeInfo, now: number): readonly string[] {
  const words = describeWorktree(worktree, now);
  const lines = [`Branch: ${words.branch}`];
  if (words.state !== '') lines.push(`State: ${words.state}`);
  const changes = worktree.changes;
  if (changes !== null && uncommitted(worktree) > 0) {
    const parts = [
      [changes.staged, 'staged'],
      [changes.unstaged, 'not staged'],
      [changes.untracked, 'untracked'],
      [changes.conflicted, 'in conflict'],
    ] as const;
    const named = parts
      .filter(([n]) => n > 0)
      .map(([n, word]) => `${n.toLocaleString('en')} ${word}`);
    lines.push(`Uncommitted: ${named.join(', ')}`);
  }
  lines.push(`Protection: ${protectionDetail(worktree, now)}`);
  lines.push(`Snapshots: ${count(worktree.snapshots, 'snapshot')}`);
  if (worktree.watch === 'polling')
    lines.push('Watched by looking again and again: the system ran out of file watches');
  if (worktree.watch === 'off' && isPresent(worktree))
    lines.push('Not watched: saved on demand only');
  if (worktree.locked !== null) {
    lines.push(worktree.locked === '' ? 'Locked' : `Locked: ${displayName(worktree.locked)}`);
  }
  return lines;
}

/** How well a worktree is protected, as a sentence. */
export function protectionDetail(worktree: WorktreeInfo, now: number): string {
  const last = worktree.lastSnapshot;
  const saved = last === null ? 'not saved yet' : `saved ${age(last.createdAt, now)}`;
  switch (worktree.protection.kind) {
    case 'current':
      return `${saved}, nothing changed since`;
    case 'pending':
      return `${saved}, newer changes are waiting to settle`;
    case 'failing':
      return `cannot be saved (${worktree.protection.message}), last ${saved}`;
    case 'capturing':
      return `${saved}, being saved now`;
    case 'never':
      return 'not saved yet';
  }
}
