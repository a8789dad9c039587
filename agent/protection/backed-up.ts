import type { BackupKind, SnapshotRecord } from '../repository/record';
import type { Source } from './source';

/** What a snapshot is taken for. */
export interface SnapshotOrder {
  readonly kind: SnapshotRecord['kind'];
  /** Other than a `snapshot`, it compares everything and not only what was seen to change. */
  readonly backup?: BackupKind;
  readonly fresh?: boolean;
  readonly label: string | null;
  /** Also when nothing changed since the newest one. */
  readonly always: boolean;
  /** A restore waits for it: it goes before all others. */
  readonly ahead?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (bytes: number) => void;
}

/** A source that is being kept, whatever it is. */
export interface BackedUp {
  readonly source: Source;
  readonly newest: SnapshotRecord | null;
  /** The newest snapshot may have been deleted. @param newest the one that is the newest now */
  remember(newest: SnapshotRecord | null): void;
  /** Takes a snapshot of the source as it is now, durable. */
  capture(order: SnapshotOrder): Promise<SnapshotRecord>;
}
