import type { KeepingEvent } from '../protection/backups/keeping';
import type { IntegrityEvent } from '../protection/integrity/integrity-care';
import type { Loss } from '../protection/loss/loss';
import type { RestoreOutcome } from '../protection/restore/restore-run';
import type { JournalRecord, SnapshotRecord } from '../protection/snapshots';
import type { SourceGuard } from '../protection/source-guard';
import type { Trouble } from './trouble';

/** What the manager tells. */
export type ManagerEvent =
  | { readonly kind: 'worktree-changed'; readonly guard: SourceGuard }
  | { readonly kind: 'worktree-removed'; readonly source: string }
  | { readonly kind: 'snapshot-created'; readonly record: SnapshotRecord }
  | IntegrityEvent
  | { readonly kind: 'journal-written'; readonly record: JournalRecord }
  | { readonly kind: 'loss'; readonly loss: Loss }
  | KeepingEvent
  | { readonly kind: 'trouble'; readonly trouble: Trouble }
  | { readonly kind: 'restore-completed'; readonly outcome: RestoreOutcome };
