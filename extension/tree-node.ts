import type {
  ListedSnapshot,
  SnapshotSummary,
  TreeEntry,
  WorktreeInfo,
} from '../agent/protocol/entities';
import type { AlertInfo, ComponentInfo } from '../agent/protocol/health-entities';
import type { AlertGroup, Scope } from './health/groups';
import { toUriPath } from './names';
import { recoveryRowId, type RecoveryRow } from './recoveries/recovery-row';

/** What a row of the views stands for. */
export type NodeValue =
  | { readonly kind: 'worktree'; readonly worktree: WorktreeInfo }
  | {
      readonly kind: 'day';
      readonly worktree: WorktreeInfo;
      readonly key: string;
      readonly label: string;
      readonly snapshots: readonly ListedSnapshot[];
    }
  | { readonly kind: 'snapshot'; readonly snapshot: ListedSnapshot }
  | {
      readonly kind: 'entry';
      readonly snapshot: SnapshotSummary;
      readonly path: string;
      readonly entry: TreeEntry;
    }
  | { readonly kind: 'more'; readonly worktree: WorktreeInfo }
  | { readonly kind: 'scope'; readonly scope: Scope }
  | { readonly kind: 'component'; readonly component: ComponentInfo }
  | { readonly kind: 'alert-group'; readonly group: AlertGroup }
  | { readonly kind: 'alert'; readonly alert: AlertInfo }
  | RecoveryRow;

/**
 * A row of the views: the same object as long as the row is there, whatever it shows. A class, so that
 * a command can tell it from its other possible arguments.
 */
export class TreeNode {
  readonly id: string;
  /** The row that it is below; null at the top. */
  readonly parent: TreeNode | null;
  #value: NodeValue;

  constructor(value: NodeValue, parent: TreeNode | null) {
    this.id = idOf(value);
    this.parent = parent;
    this.#value = value;
  }

  get value(): NodeValue {
    return this.#value;
  }

  /** Stands for a newer state of the same thing from now on. */
  take(value: NodeValue): void {
    this.#value = value;
  }
}

/** What VS Code knows a row by; the same for each state of the same thing. */
export function idOf(value: NodeValue): string {
  switch (value.kind) {
    case 'worktree':
      return `worktree:${value.worktree.source}`;
    case 'day':
      return `day:${value.worktree.source}:${value.key}`;
    case 'snapshot':
      return `snapshot:${value.snapshot.id}`;
    case 'entry':
      return `entry:${value.snapshot.id}:${toUriPath(value.path)}`;
    case 'more':
      return `more:${value.worktree.source}`;
    case 'scope':
      return `scope:${value.scope.key}`;
    case 'component':
      return `component:${value.component.id}`;
    case 'alert-group':
      return `alert-group:${value.group.key}`;
    case 'alert':
      return `alert:${value.alert.id}`;
    case 'recovery-group':
    case 'recovery':
    case 'recovery-plan':
    case 'recovery-log':
    case 'recovery-line':
      return recoveryRowId(value);
  }
}
