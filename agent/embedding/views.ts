/** `autonomous`: what needs no person is done; `supervised`: a person is asked for everything; `observe`: nothing is done. */
export type CoordinationMode = 'autonomous' | 'supervised' | 'observe';

export type Severity = 'info' | 'warning' | 'critical';

/** What an alert, a recovery or an incident is about. */
export interface Subject {
  /** `component`, `worktree`, `machine` … */
  readonly kind: string;
  /** Of its kind; of a component its name. */
  readonly id: string;
  /** For people. */
  readonly name: string;
}

/** How a component is. Times in ms. */
export interface ComponentStatus {
  readonly name: string;
  /** `up`, `down`, `unknown`; of processes also `starting`, `waiting`, `failed` … */
  readonly state: string;
  /** For people; null where there is nothing to say. */
  readonly why: string | null;
  /** When it came into this state, ms since 1970. */
  readonly since: number;
  /** When it was last checked, ms since 1970; null for never. */
  readonly checkedAt: number | null;
  readonly dependsOn: readonly string[];
}

/** Something that is wrong. Times in ms since 1970. */
export interface Alert {
  /** The same for the same fault of the same thing. */
  readonly id: string;
  /** As `component.down`; docs/health.md lists them. */
  readonly fault: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: 'pending' | 'firing' | 'resolving' | 'resolved';
  readonly subject: Subject;
  /** For people, one line. */
  readonly message: string;
  /** What a person can do. */
  readonly hint: string;
  readonly startsAt: number;
  readonly endsAt: number | null;
}

/** What was done about a fault. Times in ms since 1970. */
export interface Recovery {
  readonly id: string;
  readonly fault: string;
  readonly subject: Subject;
  readonly message: string;
  /**
   * `queued`, `running`, `approval` (waits for a yes); and its ends: `healed`, `cleared` (it went away
   * by itself), `person` (nothing is left to try), `rolled-back`, `cancelled`, `undone`.
   */
  readonly state:
    | 'queued'
    | 'running'
    | 'approval'
    | 'healed'
    | 'cleared'
    | 'person'
    | 'rolled-back'
    | 'cancelled'
    | 'undone';
  /** Why it is so, or what a person is asked. */
  readonly why: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly steps: readonly {
    /** As `restart_component`; docs/healing.md lists them. */
    readonly strategy: string;
    readonly state: 'running' | 'verifying' | 'helped' | 'no-help' | 'failed' | 'rolled-back';
    readonly note: string | null;
  }[];
}

/** Faults that belong together. Times in ms since 1970. */
export interface Incident {
  readonly id: string;
  /** Its cause, for people. */
  readonly title: string;
  readonly severity: Severity;
  /** `person`: it does not go away by itself, and nothing more is tried. */
  readonly state: 'open' | 'person' | 'closed';
  readonly openedAt: number;
  readonly closedAt: number | null;
}

/** Something that gets worse by the minute, and what is done about it. Times in ms since 1970. */
export interface Emergency {
  readonly id: string;
  readonly trigger:
    | 'critical-incidents'
    | 'mass-deletion'
    | 'disk-nearly-full'
    | 'store-damaged'
    | 'memory-running-out';
  /** Short, for people. */
  readonly title: string;
  /** What a person can do. */
  readonly hint: string;
  /** 1: elevated; 2: high; 3: extreme. */
  readonly level: 1 | 2 | 3;
  /** What was found, for people. */
  readonly message: string;
  readonly openedAt: number;
  /** Null as long as it is not over. */
  readonly endedAt: number | null;
}

/** One state of what is kept. */
export interface Snapshot {
  readonly id: string;
  /** Name of a data source, or the path of a worktree or folder. */
  readonly of: string;
  /** Why it was taken. */
  readonly kind: 'automatic' | 'manual' | 'safety';
  readonly label: string | null;
  /** Ms since 1970. */
  readonly createdAt: number;
  /** Files, or records. */
  readonly files: number;
  readonly bytes: number;
}

/** A registered data source. */
export interface DataSourceStatus {
  readonly name: string;
  readonly kind: 'folder' | 'files' | 'records';
  /** `ready`, `capturing`, `never` (no backup yet), `failing` …; docs/data-sources.md lists them. */
  readonly state: string;
  readonly why: string | null;
  /** The newest one; null where there is none yet. */
  readonly lastSnapshot: Snapshot | null;
}

/** What a restore has done. */
export interface RestoreResult {
  /** Id of the operation, for `dataProtection.undo`. */
  readonly operation: string;
  /** Where it was restored to: a path, or the name of a data source. */
  readonly target: string;
  readonly restored: number;
  readonly deleted: number;
  /** Whether all of it was read back as it should be. */
  readonly verified: boolean;
  /** For people. */
  readonly notes: readonly string[];
}
