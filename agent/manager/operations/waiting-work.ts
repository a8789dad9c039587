import type { HeldBackup } from '../../protection/backups/backup-scheduler';
import type { Priority } from '../../support/operations';
import type { WaitingView } from './operation-schedule';

/** Work that has not begun yet, and what it waits for. */
export interface WaitingWork {
  readonly priority: Priority;
  readonly worktree: string | null;
  readonly what: string;
  readonly why: string;
  /** Ms. */
  readonly waitedMs: number;
}

/** What waits for its turn, and scheduled backups that wait for a better moment; the longest first. */
export function waitingWork(
  waiting: readonly WaitingView[],
  held: readonly HeldBackup[],
): WaitingWork[] {
  return [
    ...waiting.map(({ operation: { priority, worktree, what }, why, waitedMs }) => {
      return { priority, worktree, what, why, waitedMs };
    }),
    ...held.map(({ source: { path }, kind, why, heldMs }) => {
      const what = `the ${kind} backup of ${path}`;
      return { priority: 'backup', worktree: path, what, why, waitedMs: heldMs } as const;
    }),
  ].sort((a, b) => b.waitedMs - a.waitedMs);
}
