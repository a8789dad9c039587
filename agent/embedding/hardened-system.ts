import type { PeriodReport } from '../manager/report/period-report';
import type { Healable, Watchable } from './component';
import type { DataSource } from './data-source';
import type { EventName, Subscription, SystemEvents } from './events';
import type {
  Alert,
  ComponentStatus,
  CoordinationMode,
  DataSourceStatus,
  Incident,
  Recovery,
  RestoreResult,
  Severity,
  Snapshot,
} from './views';

/** How it is asked to be. */
export interface HardenedSystemOptions {
  /**
   * Folder with all of its state, absolute: store, keys, log, and `settings.json` (docs/settings.md)
   * where there is one. Made where it is not there; one program at a time has it.
   */
  readonly home: string;
  /** What your program is called in alerts, in the log and in the audit trail; "this program" unless given. */
  readonly name?: string;
  /** False: nothing is opened, watched, healed or kept, and every part answers so. True unless given. */
  readonly enabled?: boolean;
  /** As `healing.mode` in settings.json, and before it. */
  readonly coordinationMode?: CoordinationMode;
  /** As `emergencyProtocols` in settings.json (docs/emergencies.md), and before it. */
  readonly emergencyProtocols?: {
    /** Whether there are emergencies at all. */
    readonly enabled?: boolean;
    /** What may be done in one; `systemShutdown` shuts this system down, not your program. */
    readonly actions?: {
      readonly emergencyBackup?: boolean;
      readonly componentIsolation?: boolean;
      readonly administratorAlert?: boolean;
      readonly systemShutdown?: boolean;
    };
  };
  /** Of the store. Without one its key is in a file in `home`. */
  readonly passphrase?: string;
  /**
   * True: it also listens, as the agent does, for clients that have its home (`BULWARK_HOME`), such as
   * the command `bulwark`. One that asks it to stop shuts it down. False unless given.
   */
  readonly server?: boolean;
}

/** How everything is just now. */
export interface SystemStatus {
  readonly enabled: boolean;
  readonly state: 'running' | 'closing' | 'closed' | 'disabled';
  readonly coordinationMode: CoordinationMode;
  /** The worst of the alerts. */
  readonly worst: Severity | 'ok';
  readonly components: readonly ComponentStatus[];
  /** Those that are not over, worst first. */
  readonly alerts: readonly Alert[];
  /** Those that are not closed, newest first. */
  readonly incidents: readonly Incident[];
  /** Those that are queued, run, or wait for a yes, newest first. */
  readonly recoveries: readonly Recovery[];
  readonly dataSources: readonly DataSourceStatus[];
}

/** Figures since the start, where nothing else is said. Times in ms. */
export interface SystemMetrics {
  readonly uptimeMs: number;
  readonly components: readonly {
    readonly name: string;
    /** Part of the time, of which it was known, in which it was up, 0 to 1; null for none. */
    readonly availability: number | null;
    /** Of the last 60 checks. */
    readonly checks: number;
    /** 0 to 1, of these. */
    readonly errorRate: number;
    /** Response times, of those of these that were good; null for none. */
    readonly p50Ms: number | null;
    readonly p95Ms: number | null;
    readonly p99Ms: number | null;
  }[];
  readonly alerts: { readonly firing: number; readonly byFault: Readonly<Record<string, number>> };
  /** Of those that are remembered, which are the last 200 at least. */
  readonly recoveries: {
    readonly ended: number;
    readonly healed: number;
    /** Went away by themselves. */
    readonly cleared: number;
    /** Of those in which something was done, 0 to 1; null for none. */
    readonly successRate: number | null;
    /** From the beginning of a recovery that healed to its end, ms; null for none. */
    readonly meanTimeToRecoverMs: number | null;
  };
  readonly store: { readonly bytes: number; readonly packs: number };
}

/** Watches. */
export interface HealthMonitoring {
  /**
   * Has a part of your program watched; again, to have another one in its place.
   * @param name up to 63 letters, digits, ".", "_" and "-", a letter or digit first
   * @throws BulwarkError `component-refused` for such a name, a number out of its range, or a circle of
   *   dependencies; `component-exists` when settings describe it; `busy` for more than 1,000
   */
  registerComponent(name: string, component: Watchable): Promise<void>;
  /** @throws BulwarkError `component-unknown` */
  unregisterComponent(name: string): Promise<void>;
  /** Has it checked now, beside its turn; settles when that is done. @throws BulwarkError `component-unknown` */
  check(name: string): Promise<ComponentStatus>;
}

/** Heals. */
export interface SelfHealing {
  /**
   * Says what a component that is watched can do about itself; again, to replace that.
   * @throws BulwarkError `component-unknown` when it is not watched
   */
  registerComponent(name: string, component: Healable): void;
  /** Newest first, also those that are over. */
  recoveries(): readonly Recovery[];
  /**
   * Begins a recovery of a component, or of a protected worktree by its path.
   * @param by who asks, for the audit trail
   * @throws BulwarkError `recovery-refused` when nothing can be done or one is under way; `component-unknown`
   */
  recover(target: string, by: string): Promise<Recovery>;
  /** Says yes to what a recovery proposes. @throws BulwarkError `recovery-unknown`, `recovery-refused` */
  approve(recovery: string, by: string): Promise<Recovery>;
  /** Ends a recovery, also one that waits; what it did and was not verified is taken back. @throws as {@link approve} */
  cancel(recovery: string, by: string): Promise<Recovery>;
}

/** Keeps. Where `of` is taken it is the name of a data source, or the path of a protected worktree or folder. */
export interface DataProtection {
  /**
   * Has data backed up from now on: now, by the schedules, and when you ask. After a restart of your
   * program register it again, in the same form.
   * @param name up to 64 letters, digits, ".", "_" and "-", a letter or digit first
   * @throws BulwarkError `source-refused`, `path-missing`, `path-refused`, `not-a-directory` …
   */
  registerDataSource(name: string, source: DataSource): Promise<DataSourceStatus>;
  /** No more backups of it; its snapshots stay. @throws BulwarkError `source-unknown` */
  unregisterDataSource(name: string): Promise<void>;
  /**
   * Protects all worktrees of the repository that holds a path, or that folder.
   * @returns their paths
   * @throws BulwarkError `path-missing`, `path-refused`, `git-missing` …
   */
  protect(path: string): Promise<readonly string[]>;
  /** Stops that; snapshots stay. @throws BulwarkError `not-protected` */
  unprotect(path: string): Promise<void>;
  /** Takes one now. @throws BulwarkError `source-unknown`, `not-protected`, `program-failed`, `disk-full` … */
  snapshot(of: string, label?: string): Promise<Snapshot>;
  /** Newest first. @param limit 100 unless given @throws BulwarkError `source-unknown`, `not-protected` */
  snapshots(of: string, limit?: number): Promise<readonly Snapshot[]>;
  /**
   * Restores a snapshot to where it was taken. What is there now is saved first.
   * @param snapshot its id
   * @param to another folder, absolute, to restore into instead
   * @throws BulwarkError `snapshot-unknown`, `restore-refused`, `program-failed`, `disk-full` …
   */
  restore(snapshot: string, to?: string): Promise<RestoreResult>;
  /** Takes a restore back. @throws BulwarkError `nothing-to-undo` */
  undo(operation: string): Promise<RestoreResult>;
}

/** Coordinates. */
export interface HardeningManagement {
  /**
   * Calls a listener each time something happens, until the result is disposed. What it throws is
   * logged and harms nobody.
   */
  on<K extends EventName>(
    event: K,
    listener: (told: SystemEvents[K]) => void | Promise<void>,
  ): Subscription;
  /** Changes the mode until the next start. */
  setCoordinationMode(mode: CoordinationMode): void;
  /**
   * How a time was, from what is kept of it: availability, mean times between failures and to recovery,
   * alerts by cause, backups and drills, growth of the store and a forecast (docs/report.md).
   * @param period ms since 1970; the last 7 days unless told, and what is kept reaches 90 days back
   * @throws BulwarkError `store-closed` after the shutdown
   */
  report(period?: { readonly from?: number; readonly to?: number }): Promise<PeriodReport>;
}

/** Monitor, healing and protection of your program, in its own process. */
export interface HardenedSystem {
  readonly healthMonitor: HealthMonitoring;
  readonly selfHealing: SelfHealing;
  readonly dataProtection: DataProtection;
  readonly hardeningManager: HardeningManagement;
  getStatus(): SystemStatus;
  getMetrics(): SystemMetrics;
  /**
   * Ends what runs or takes it back, and closes the store. Once however often it is called; your
   * program calls it before it ends. Killed without it, the next start repairs what is left.
   */
  shutdown(): Promise<void>;
}
