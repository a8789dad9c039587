import type { BlobId } from '../../repository/blob-id';
import type { Repository } from '../../repository/repository';
import type { StoreSession } from '../../repository/store-session';
import type { Totals } from '../../repository/tree';
import type { WorkerPool } from '../../support/worker-pool';
import type { Extent } from '../../worktrees/change-set';
import type { RootFilter } from './capture-rules';
import type { RememberedEntry } from './folder-memory';

/** A root to be captured. */
export interface RootRequest {
  /** 16 hexadecimal digits under which the catalog remembers the root's folders. */
  readonly memoryKey: string;
  readonly root: string;
  readonly filter: RootFilter;
  /** Folders to look at, and how much of each; null looks at everything. */
  readonly changed: ReadonlyMap<string, Extent> | null;
  /** Reads every file again, whatever is remembered of it. */
  readonly fresh: boolean;
  /** Told the entries of each folder that differs from what was remembered of it. */
  readonly differences?: ((folder: Difference) => void) | undefined;
  /** A capture of little, which others give way to. */
  readonly urgent: boolean;
  /** A restore waits for it: all others give way. */
  readonly ahead: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes were read so far. */
  onProgress?(bytes: number): void;
}

/** The entries of a folder before and after. */
export interface Difference {
  readonly path: string;
  readonly before: readonly RememberedEntry[];
  readonly after: readonly RememberedEntry[];
}

/** A captured root: its objects are handed in, not yet committed. */
export interface CapturedRoot {
  readonly tree: BlobId;
  readonly times: BlobId;
  readonly totals: Totals;
  /** Whether anything differs from what was remembered. */
  readonly changed: boolean;
  readonly newBytes: number;
  /** Worktrees of their own that were met inside. */
  readonly nested: readonly string[];
  /** What to remember when the snapshot is committed; null forgets a folder. */
  readonly memories: ReadonlyMap<string, Buffer | null>;
}

/** What the captures of all roots of a source share. */
export interface CaptureParts {
  readonly repository: Repository;
  /** Takes what is captured. */
  readonly session: StoreSession;
  readonly pool: WorkerPool;
}
