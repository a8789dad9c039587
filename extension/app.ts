import type * as vscode from 'vscode';
import type { RestoreResult, SnapshotSummary, SourceId } from '../agent/protocol/entities';
import type { Connection } from './connection';
import type { Diffs } from './diffs';
import type { ComponentLogs } from './health/component-logs';
import type { HealthModel } from './health/health-model';
import type { OwnWork } from './own-work';
import type { Places } from './places';
import type { RecoveryDocuments } from './recoveries/recovery-documents';
import type { RecoveryModel } from './recoveries/recovery-model';
import type { ReportDocuments } from './report/report-documents';
import type { RestoreStage } from './restore-stages';
import type { SnapshotContent } from './snapshot-content';
import type { SnapshotLists } from './snapshot-lists';
import type { StoreHealth } from './store-health';
import type { Ui } from './ui';
import type { WindowWorktrees } from './window-worktrees';
import type { WorktreeModel } from './worktree-model';

/** Something that has a row in a view. */
type Shown =
  | { readonly worktree: SourceId }
  | { readonly component: string }
  | { readonly alert: string }
  | { readonly recovery: string };

/** What commands work with; made once, in `extension.ts`. */
export interface App {
  readonly connection: Pick<Connection, 'call' | 'start' | 'state' | 'settled'>;
  readonly model: WorktreeModel;
  readonly worktrees: WindowWorktrees;
  readonly places: Places;
  readonly lists: SnapshotLists;
  readonly content: SnapshotContent;
  readonly health: StoreHealth;
  /** Components and alerts. */
  readonly monitor: HealthModel;
  readonly componentLogs: ComponentLogs;
  readonly recoveries: RecoveryModel;
  readonly recoveryDocuments: RecoveryDocuments;
  readonly reports: ReportDocuments;
  readonly diffs: Diffs;
  readonly own: OwnWork;
  readonly ui: Ui;
  readonly log: vscode.LogOutputChannel;
  /** The folder with the agent's state. */
  readonly home: () => Promise<string>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Runs the restore flow from one of its steps. */
  readonly restore: (first: RestoreStage) => Promise<void>;
  /** Says what a restore did, and offers to undo it; does not wait for the answer. */
  readonly announce: (result: RestoreResult, name: string) => void;
  /** Shows a snapshot in the Bulwark view. */
  readonly reveal: (snapshot: SnapshotSummary) => Promise<void>;
  /** Shows a worktree, a component, an alert or a recovery in its view. */
  readonly show: (what: Shown) => Promise<void>;
  /** Shows the charts. */
  readonly showHealth: () => Promise<void>;
  /** Who sits here, as alerts say it. */
  readonly person: () => string;
  /** The name of the worktree of a snapshot. */
  readonly nameOf: (snapshot: SnapshotSummary) => string;
  /** Asks the agent for everything again. */
  readonly reload: () => Promise<void>;
}
