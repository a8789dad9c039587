import type { BackupKind, JournalRecord, SnapshotRecord } from '../repository/record';
import type { Repository } from '../repository/repository';
import type { Clock } from '../support/clock';
import type { Log } from '../support/log';
import type { Operations } from '../support/operations';
import type { WorkerPool } from '../support/worker-pool';
import type { Git } from '../worktrees/git';
import type { ProgressListener } from './capture/capture-progress';
import type { CaptureLimits } from './capture/capturer';
import type { ProtectedPlaces } from './protected-places';
import type { DataSourceLimits } from './sources/data-source';

export interface ProtectionOptions {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly git: Git;
  readonly places: ProtectedPlaces;
  readonly limits: CaptureLimits;
  readonly settleMs: number;
  /** The agent's own state, which is never protected. */
  readonly home: string;
  /** Keeps the store to its limits; called before a capture and after it. */
  readonly makeRoom?: () => Promise<void>;
  /** What goes before captures that nobody asked for; nothing unless given. */
  readonly operations?: Operations;
  /** What programs may send, and how long they may take; as documented unless given. */
  readonly sourceLimits?: Partial<DataSourceLimits>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the protection tells. */
export type ProtectionEvent =
  | { readonly kind: 'source-changed'; readonly source: string }
  | { readonly kind: 'source-removed'; readonly source: string }
  | { readonly kind: 'snapshot-created'; readonly record: SnapshotRecord }
  | { readonly kind: 'journal-written'; readonly record: JournalRecord }
  /** Between these two a restore changes the source. */
  | { readonly kind: 'source-restoring' | 'source-restored'; readonly source: string }
  /** The folder of a source, of which something is kept, is gone. */
  | { readonly kind: 'source-lost'; readonly source: string };

export interface SnapshotRequest {
  readonly kind: SnapshotRecord['kind'];
  /** `snapshot` unless told. */
  readonly backup?: BackupKind;
  /** Read every file again. */
  readonly fresh?: boolean;
  readonly label: string | null;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}
