import type {
  Alert,
  ComponentStatus,
  Emergency,
  Incident,
  Recovery,
  RestoreResult,
  Snapshot,
} from './views';

/** What is told, by the name of the event. */
export interface SystemEvents {
  /** Something is wrong, and long enough to count. */
  readonly alert_created: { readonly alert: Alert };
  /** It is over. */
  readonly alert_resolved: { readonly alert: Alert };
  readonly recovery_started: { readonly recovery: Recovery };
  /** A recovery waits for a yes: `selfHealing.approve`. */
  readonly approval_needed: { readonly recovery: Recovery };
  /** A recovery has ended; its state tells how. */
  readonly recovery_completed: { readonly recovery: Recovery };
  readonly component_changed: { readonly component: ComponentStatus };
  readonly component_removed: { readonly name: string };
  readonly snapshot_created: { readonly snapshot: Snapshot };
  /** A backup at its set time failed. `of` as in {@link Snapshot}; `why` for people. */
  readonly backup_failed: { readonly of: string; readonly why: string };
  /** Work disappeared from a protected worktree or folder; the state just before is kept. */
  readonly data_lost: { readonly lost: number; readonly before: Snapshot };
  readonly restore_completed: { readonly restore: RestoreResult };
  readonly incident_opened: { readonly incident: Incident };
  readonly incident_closed: { readonly incident: Incident };
  /** An emergency began, or came to a higher level. */
  readonly emergency_activated: { readonly emergency: Emergency };
  readonly emergency_ended: { readonly emergency: Emergency };
}

/** Something that can be taken back. */
export interface Subscription {
  dispose(): void;
}

export type EventName = keyof SystemEvents;
