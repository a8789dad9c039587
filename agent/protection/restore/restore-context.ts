import type { OperationRecord, RecordedSource, SnapshotRecord } from '../../repository/record';
import type { Repository } from '../../repository/repository';
import type { Clock } from '../../support/clock';
import type { Log } from '../../support/log';
import type { WorkerPool } from '../../support/worker-pool';
import type { Git } from '../../worktrees/git';
import type { ListSnapshots } from './repository-backups';
import type { Report } from './stage';

/** A folder whose present state is to be known or saved. */
export type PresentTarget =
  | { readonly kind: 'source'; readonly sourceId: string; readonly path: string }
  /** The files of a set alone; the rest of the folder has nothing to do with it. */
  | { readonly kind: 'set'; readonly set: RecordedSource; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string };

/** How the engine learns what is there, and saves it before it changes anything. */
export interface PresentState {
  /** A snapshot of the folder as it is now; an older one will do where nothing has changed since. */
  look(target: PresentTarget, signal?: AbortSignal): Promise<SnapshotRecord | null>;
  /** As `look`, but always a snapshot of its own (kind `safety`) that undo can go back to. */
  save(target: PresentTarget, label: string, signal?: AbortSignal): Promise<SnapshotRecord | null>;
}

export interface RestoreEngineOptions {
  readonly repository: Repository;
  readonly pool: WorkerPool;
  readonly git: Git;
  readonly clock: Clock;
  readonly log: Log;
  /** Folder of the records of restores under way; it must outlive a crash. */
  readonly journalFolder: string;
  /** The user's home folder, which nothing is restored over. */
  readonly home: string;
  /** The folder of the agent's own state; nothing is restored into it or around it. */
  readonly ownFolder: string;
  readonly present: PresentState;
  /** Runs `fn` while the watcher of `path` is paused. */
  readonly paused: <T>(path: string, fn: () => Promise<T>) => Promise<T>;
  /** Snapshots of a shared git directory. */
  readonly repositorySnapshots: ListSnapshots;
  /** Commits an operation with the sequence number that it gets; it must not meet a capture half-way. */
  readonly keep: (make: (sequence: number) => OperationRecord) => Promise<OperationRecord>;
  /** Called before each step; a test that never lets it return has killed the engine there. */
  readonly onStep?: (step: string) => Promise<void>;
}

export interface CallContext {
  readonly signal?: AbortSignal | undefined;
  readonly report?: Report | undefined;
}
